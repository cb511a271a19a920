import { act } from 'react';

import type { ICard } from '../api/card';
import type { JsonObject } from '../api/values';
import { settle } from '../testing/kernel';
import { sample } from '../testing/sampledata';
import activation from './activation';
import card from './card';
import type { IWidgetModel, IWidgetModule } from './host';

/** A stand-in for anywidget's model. */
class FakeModel implements IWidgetModel {
  constructor(private readonly _traits: { [name: string]: unknown }) {}

  readonly sent: JsonObject[] = [];
  readonly listeners = new Map<string, Set<(...args: never[]) => void>>();

  get(trait: string): unknown {
    return this._traits[trait];
  }

  set(trait: string, value: unknown): void {
    this._traits[trait] = value;
    this.emit(`change:${trait}`);
  }

  emit(event: string, ...args: unknown[]): void {
    this.listeners.get(event)?.forEach(callback => {
      callback(...(args as never[]));
    });
  }

  on(event: string, callback: (...args: never[]) => void): void {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(callback));
  }

  off(event: string, callback: (...args: never[]) => void): void {
    this.listeners.get(event)?.delete(callback);
  }

  send(message: JsonObject): void {
    this.sent.push(message);
  }
}

async function view(
  module: IWidgetModule,
  model: FakeModel
): Promise<{ el: HTMLElement; close: () => void }> {
  const el = document.createElement('div');
  document.body.append(el);
  const views: (() => void)[] = [];
  await act(async () => {
    views.push(module.render({ model, el }));
  });
  return { el, close: () => views.forEach(close => close()) };
}

test.each(['payload', 'data'])('a card is drawn from the trait %s, and again', async trait => {
  const payload = sample<JsonObject>('card');
  const model = new FakeModel({ [trait]: payload });
  const { el } = await view(card, model);
  expect(el.textContent).toContain('Not deployed');
  expect(el.textContent).toContain('%faas deploy iris');
  await act(async () => {
    model.set(trait, {
      ...payload,
      deployed: { version: '0.0.3', bundle: payload.bundle, url: 'http://host', updated: 0 }
    });
  });
  expect(el.textContent).toContain('v3');
  expect(el.textContent).toContain('Deployed');
});

test('an activation is drawn', async () => {
  const { el } = await view(activation, new FakeModel({ payload: sample('activation') }));
  expect(el.textContent).toContain('{"species": "setosa", "confidence": 0.98}');
});

test('numbers that came as text are shown with all their digits', async () => {
  const exact = { result: '{"id": 9007199254740993}' };
  const payload = { ...sample<JsonObject>('activation'), exact };
  const { el } = await view(activation, new FakeModel({ payload }));
  expect(el.textContent).toContain('{"id": 9007199254740993}');
});

test('a payload whose texts are no JSON is said to be changed', async () => {
  const payload = { ...sample<JsonObject>('activation'), exact: { result: '{' } };
  const { el } = await view(activation, new FakeModel({ payload }));
  expect(el.textContent).toContain('changed by hand');
});

test('a payload of another version is said to be one', async () => {
  const model = new FakeModel({ payload: { type: 'activation', format: 9 } });
  const { el } = await view(activation, model);
  expect(el.textContent).toContain('a different version of jupyter_faas');
});

test('a kernel that answers no messages has no buttons that send them', async () => {
  const { el } = await view(card, new FakeModel({ payload: sample('card') }));
  expect(el.querySelector('button')).toBeNull();
});

test('Deploy is sent where the kernel listens', async () => {
  const model = new FakeModel({ payload: sample('card'), actions: ['deploy'] });
  const { el } = await view(card, model);
  el.querySelector<HTMLElement>('[aria-label="Deploy iris"]')!.click();
  expect(model.sent).toEqual([{ op: 'deploy', params: {} }]);
});

test('Invoke is sent, and its answer is shown', async () => {
  const payload = sample<JsonObject>('card');
  const model = new FakeModel({
    payload: {
      ...payload,
      schema: { properties: {} },
      deployed: { version: '0.0.1', bundle: payload.bundle, url: 'http://host', updated: 0 }
    },
    actions: ['invoke']
  });
  const { el } = await view(card, model);
  await act(async () => {
    el.querySelector<HTMLElement>('[aria-label="Invoke iris"]')!.click();
  });
  // The form begins with the card's example.
  const [example] = sample<ICard>('card').examples!;
  expect(model.sent).toEqual([{ op: 'invoke', params: example!.params }]);
  await act(async () => {
    model.emit('msg:custom', { event: 'activation', activation: sample('activation') });
    await settle();
  });
  expect(el.textContent).toContain('setosa');
});

test('a view that is closed listens no more', async () => {
  const model = new FakeModel({ payload: sample('card') });
  const { close } = await view(card, model);
  await act(async () => {
    close();
  });
  expect(model.listeners.get('change:payload')?.size).toBe(0);
});
