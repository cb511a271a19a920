import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import React from 'react';

import type { IFaasManager } from '../tokens';

export interface IDocumentProps {
  model: IDisposable & { changed: ISignal<unknown, void> };
  manager: IFaasManager;
}

/**
 * The base class of documents. A document redraws when its model or the manager changes, and
 * disposes its model.
 */
export abstract class DocumentBody<P extends IDocumentProps> extends ReactWidget {
  constructor(
    protected readonly props: P,
    className: string
  ) {
    super();
    this.addClass(className);
    this.addClass('jp-Faas');
  }

  get model(): P['model'] {
    return this.props.model;
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.model.dispose();
      super.dispose();
    }
  }

  protected abstract draw(): React.ReactElement;

  protected override render(): React.ReactElement {
    const { manager, model } = this.props;
    return (
      <UseSignal signal={manager.changed}>
        {() => <UseSignal signal={model.changed}>{() => this.draw()}</UseSignal>}
      </UseSignal>
    );
  }
}
