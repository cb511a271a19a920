import React from 'react';
import { createRoot } from 'react-dom/client';

import { FaasError, type IErrorBody } from '../api/errors';
import { withExact } from '../api/numbers';
import { readPayload, type Payload } from '../api/payload';
import type { IActivation } from '../api/types';
import type { JsonObject } from '../api/values';
import { keepFromNotebook } from '../components/button';
import { UnknownPayload } from '../components/unknownpayload';

/** The part of anywidget's model that we use. */
export interface IWidgetModel {
  get(trait: string): unknown;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
  send(message: JsonObject): void;
}

/** What the kernel answers to a custom message of ours. */
type Reply =
  | { event: 'activation'; activation: IActivation }
  | { event: 'error'; op: 'deploy' | 'invoke'; error: IErrorBody };

/** The buttons of a display; a kernel that lists none in its trait `actions` has none. */
export interface IWidgetActions {
  deploy?: () => void;
  invoke?: (params: JsonObject) => Promise<IActivation>;
}

/** What anywidget hands to a module. */
export interface IRenderContext {
  model: IWidgetModel;
  el: HTMLElement;
}

/** An anywidget module. `render` answers how to take the view down. */
export interface IWidgetModule {
  render: (context: IRenderContext) => () => void;
}

/** The traits that hold the payload; the first is the one our Python widget has. */
const TRAITS = ['payload', 'data'];

/** An anywidget module that draws the model's payload and draws it again when it changes. */
export function widgetOf(
  draw: (payload: Payload, actions: IWidgetActions) => React.ReactElement
): IWidgetModule {
  return {
    render({ model, el }) {
      el.classList.add('jp-Faas', 'jp-FaasDisplay');
      el.addEventListener('keydown', keepFromNotebook);
      const root = createRoot(el);
      const actions = actionsOf(model);
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
        el.removeEventListener('keydown', keepFromNotebook);
        root.unmount();
      };
    }
  };
}

function actionsOf(model: IWidgetModel): IWidgetActions {
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
          const reply = withExact(told);
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
