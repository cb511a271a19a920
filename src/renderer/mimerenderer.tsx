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
import { keepFromNotebook } from '../components/button';
import { ActivationView } from '../components/run/activationview';
import { UnknownPayload } from '../components/unknownpayload';
import { LiveCard, type IDisplayServices } from './livecard';

/**
 * Draws a payload of ours in an output: from what it holds, and live while the server answers.
 * Of a saved notebook without a kernel or a server the same is drawn, without the buttons.
 */
export class FaasDisplay extends ReactWidget implements IRenderMime.IRenderer {
  constructor(private readonly _services: IDisplayServices) {
    super();
    this.addClass('jp-Faas');
    this.addClass('jp-FaasDisplay');
    this.node.addEventListener('keydown', keepFromNotebook);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._model = model;
    this._payload = readPayload(model.data[MIME_TYPE]);
    this.update();
    await this.renderPromise;
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._services.manager.ensure();
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
      <Guard payload={payload}>
        <UseSignal signal={this._services.manager.changed}>{() => this._draw(payload)}</UseSignal>
      </Guard>
    );
  }

  private _draw(payload: Payload): React.ReactElement {
    const { manager, openActivation } = this._services;
    if (payload.type === 'function') {
      const { panel, cellId } = this._place();
      return (
        <LiveCard
          card={payload}
          services={this._services}
          notebook={panel && this._services.notebooks.of(panel)}
          cellId={cellId}
          keepForecast={forecast => this._keep(forecast)}
        />
      );
    }
    const { id } = payload;
    const reachable = manager.condition.kind === 'ready';
    const link = reachable
      ? {
          href: manager.api.activationUrl(id),
          open: () => openActivation(id)
        }
      : undefined;
    return <ActivationView activation={payload} link={link} />;
  }

  /** The notebook and cell around us; none in a console or a view of its own. */
  private _place(): { panel: NotebookPanel | null; cellId: string | null } {
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

  /** Writes what was measured into the output, so that it is there when the notebook is reopened. */
  private _keep(forecast: IForecast): void {
    const model = this._model;
    if (model === null || this._payload === null || 'unknown' in this._payload) {
      return;
    }
    // As it came: what stands as text in it must not become numbers of the notebook's.
    const given = model.data[MIME_TYPE] as PartialJSONObject;
    const payload = { ...given, forecast } as unknown as PartialJSONObject;
    model.setData({ data: { ...model.data, [MIME_TYPE]: payload } });
  }

  private _model: IRenderMime.IMimeModel | null = null;
  private _payload: Payload | { unknown: string } | null = null;
}

interface IGuardProps {
  payload: Payload;
  children: React.ReactNode;
}

/** A payload that was edited by hand must not take the notebook down. */
class Guard extends React.Component<IGuardProps, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override componentDidUpdate(before: IGuardProps): void {
    if (this.state.broken && before.payload !== this.props.payload) {
      this.setState({ broken: false });
    }
  }

  override render(): React.ReactNode {
    return this.state.broken ? <UnknownPayload what="incomplete" /> : this.props.children;
  }
}
