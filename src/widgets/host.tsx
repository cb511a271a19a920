import React from 'react';
import { createRoot } from 'react-dom/client';

import { FaasError, type IErrorBody } from '../api/errors';
import { restoreExactNumbers } from '../api/numbers';
import { readPayload, type Payload } from '../api/payload';
import type { IActivation } from '../api/types';
import type { JsonObject } from '../api/values';
import { stopEnterOnButtons } from '../components/button';
import { UnknownPayload } from '../components/unknownpayload';

/** The methods of anywidget's model that the widgets use. */
export interface IWidgetModel {
  get(trait: string): unknown;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
  send(message: JsonObject): void;
}

/** The kernel's replies to the widget's custom messages. */
type Reply =
  | { event: 'activation'; activation: IActivation }
  | { event: 'error'; op: 'deploy' | 'invoke'; error: IErrorBody };

/** The actions that the kernel offers in the widget's trait `actions`. */
export interface IWidgetActions {
  deploy?: () => void;
  invoke?: (params: JsonObject) => Promise<IActivation>;
}

/** The context that anywidget passes to a module. */
export interface IRenderContext {
  model: IWidgetModel;
  el: HTMLElement;
}

/** An anywidget module. `render` returns a cleanup function. */
export interface IWidgetModule {
  render: (context: IRenderContext) => () => void;
}

/** The traits that may hold the payload. The Python widget of jupyter_faas uses the first. */
const TRAITS = ['payload', 'data'];

/**
 * Create an anywidget module that draws the payload of the model and redraws it when the payload
 * changes.
 */
export function createWidget(
  draw: (payload: Payload, actions: IWidgetActions) => React.ReactElement
): IWidgetModule {
  return {
    render({ model, el }) {
      el.classList.add('jp-Faas', 'jp-FaasDisplay');
      el.addEventListener('keydown', stopEnterOnButtons);
      const root = createRoot(el);
      const actions = widgetActions(model);
      const update = () => {
        const payload = readPayload(TRAITS.map(trait => model.get(trait)).find(Boolean));
        root.render(
          'unknown' in payload ? <UnknownPayload what={payload.unknown} /> : draw(payload, actions)
        );
      };
      const events = TRAITS.map(trait => `change:${trait}`);
      events.forEach(event => model.on(event, update));
      update();
      return () => {
        events.forEach(event => model.off(event, update));
        el.removeEventListener('keydown', stopEnterOnButtons);
        root.unmount();
      };
    }
  };
}

function widgetActions(model: IWidgetModel): IWidgetActions {
  const listed = model.get('actions');
  const can = (op: string) => Array.isArray(listed) && listed.includes(op);
  const actions: IWidgetActions = {};
  if (can('deploy')) {
    actions.deploy = () => model.send({ op: 'deploy', params: {} });
  }
  if (can('invoke')) {
    actions.invoke = params =>
      new Promise((resolve, reject) => {
        const answer = (told: Reply) => {
          const reply = restoreExactNumbers(told);
          if (reply.event === 'activation') {
            resolve(reply.activation);
          } else if (reply.op === 'invoke') {
            reject(new FaasError(0, reply.error));
          } else {
            return;
          }
          model.off('msg:custom', answer);
        };
        model.on('msg:custom', answer);
        model.send({ op: 'invoke', params });
      });
  }
  return actions;
}
