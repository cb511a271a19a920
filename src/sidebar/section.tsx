import { ReactWidget, type LabIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import React from 'react';

import { IconButton } from '../components/button';

/** The few grey words after a section's title: a count, or its state. */
export class SectionNote extends Widget {
  constructor() {
    super();
    this.addClass('jp-FaasSection-note');
  }

  set text(text: string) {
    this.node.textContent = text;
  }
}

/** A button at the end of a section's title. */
export class SectionTool extends ReactWidget {
  constructor(private readonly _options: SectionTool.IOptions) {
    super();
    // A press must not fold the section as well.
    this.node.addEventListener('click', event => event.stopPropagation());
  }

  set enabled(enabled: boolean) {
    this._enabled = enabled;
    this.update();
  }

  protected override render(): React.ReactElement {
    const { icon, label, onClick } = this._options;
    return (
      <IconButton label={label} onClick={onClick} disabled={!this._enabled}>
        <icon.react tag={null} />
      </IconButton>
    );
  }

  private _enabled = true;
}

export namespace SectionTool {
  export interface IOptions {
    icon: LabIcon;
    label: string;
    onClick: () => void;
  }
}
