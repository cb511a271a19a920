import { Cell } from '@jupyterlab/cells';
import { NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { PartialJSONObject } from '@lumino/coreutils';
import type { Message } from '@lumino/messaging';
import type { Widget } from '@lumino/widgets';
import React from 'react';

import type { IForecast } from '../api/card';
import { MIME_TYPE, readPayload, type Payload } from '../api/payload';
import type { IFailedLine } from '../api/types';
import { stopEnterOnButtons } from '../components/button';
import { ActivationView } from '../components/run/activationview';
import { UnknownPayload } from '../components/unknownpayload';
import { SessionOutput } from './sessionoutput';
import { LiveCard, type IDisplayServices } from './livecard';

/**
 * Renders the MIME type of jupyter_faas in outputs. It draws the saved payload and, while the
 * server is reachable, adds live state and buttons. Without a kernel or server, a saved notebook
 * shows the same payload without buttons.
 */
export class FaasDisplay extends ReactWidget implements IRenderMime.IRenderer {
  constructor(private readonly _services: IDisplayServices) {
    super();
    this.addClass('jp-Faas');
    this.addClass('jp-FaasDisplay');
    this.node.addEventListener('keydown', stopEnterOnButtons);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._model = model;
    this._payload = readPayload(model.data[MIME_TYPE]);
    this.update();
    await this.renderPromise;
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._services.manager.refreshOnce();
    this.update();
  }

  protected override render(): React.ReactElement | null {
    const payload = this._payload;
    if (payload === null) {
      return null;
    }
    if ('unknown' in payload) {
      return <UnknownPayload what={payload.unknown} />;
    }
    return (
      <ErrorBoundary payload={payload}>
        <UseSignal signal={this._services.manager.changed}>{() => this._draw(payload)}</UseSignal>
      </ErrorBoundary>
    );
  }

  private _draw(payload: Payload): React.ReactElement {
    const { manager, openActivation } = this._services;
    if (payload.type === 'function') {
      const { panel, cellId } = this._surroundings();
      return (
        <LiveCard
          card={payload}
          services={this._services}
          notebook={panel && this._services.notebooks.of(panel)}
          cellId={cellId}
          keepForecast={forecast => this._saveForecast(forecast)}
        />
      );
    }
    if (payload.type === 'session') {
      return <SessionOutput session={payload} open={openActivation} />;
    }
    const { id } = payload;
    const reachable = manager.condition.kind === 'ready';
    const openLine = (where: IFailedLine) => this._services.openLine(payload.name, where);
    const link = reachable
      ? {
          href: manager.api.activationUrl(id),
          open: () => openActivation(id),
          openLine
        }
      : { openLine };
    return <ActivationView activation={payload} link={link} />;
  }

  /**
   * Return the notebook and the id of the cell that contain this output. The notebook is null in a
   * console or an output view.
   */
  private _surroundings(): { panel: NotebookPanel | null; cellId: string | null } {
    let cellId: string | null = null;
    for (let at: Widget | null = this.parent; at !== null; at = at.parent) {
      if (at instanceof Cell) {
        cellId = (at as Cell).model.id;
      }
      if (at instanceof NotebookPanel) {
        return { panel: at, cellId };
      }
    }
    return { panel: null, cellId };
  }

  /** Save the forecast in the output, so that a reopened notebook shows it. */
  private _saveForecast(forecast: IForecast): void {
    const model = this._model;
    if (model === null || this._payload === null || 'unknown' in this._payload) {
      return;
    }
    // Use the original payload, because exact numbers that are stored as text must stay text.
    const given = model.data[MIME_TYPE] as PartialJSONObject;
    const payload = { ...given, forecast } as unknown as PartialJSONObject;
    model.setData({ data: { ...model.data, [MIME_TYPE]: payload } });
  }

  private _model: IRenderMime.IMimeModel | null = null;
  private _payload: Payload | { unknown: string } | null = null;
}

interface IErrorBoundaryProps {
  payload: Payload;
  children: React.ReactNode;
}

/**
 * Catches errors of an invalid payload, for example one that was edited by hand, which must not
 * break the notebook.
 */
class ErrorBoundary extends React.Component<IErrorBoundaryProps, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override componentDidUpdate(before: IErrorBoundaryProps): void {
    if (this.state.broken && before.payload !== this.props.payload) {
      this.setState({ broken: false });
    }
  }

  override render(): React.ReactNode {
    return this.state.broken ? <UnknownPayload what="incomplete" /> : this.props.children;
  }
}
