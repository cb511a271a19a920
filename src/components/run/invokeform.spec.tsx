import React from 'react';

import type { ICard } from '../../api/card';
import { render } from '../../testing/render';
import { sample } from '../../testing/sampledata';
import { InvokeForm } from './invokeform';

const { schema } = sample<ICard>('card');

test('a wrong field is named beside it, and nothing is sent', async () => {
  const onInvoke = jest.fn();
  const { node, type, click, button } = render(
    <InvokeForm name="iris" schema={schema} busy={false} onInvoke={onInvoke} />
  );
  const [first] = node.querySelectorAll('input');
  await type(first!, 'abc');
  await click(button('Invoke iris'));
  expect(onInvoke).not.toHaveBeenCalled();
  expect(first!.getAttribute('aria-invalid')).toBe('true');
  const note = document.getElementById(first!.getAttribute('aria-describedby')!);
  expect(note?.textContent).toBe('is not a float');
});

test('what was typed becomes JSON, and can be sent as that', async () => {
  const onInvoke = jest.fn();
  const small = { properties: { n: { type: 'integer' } }, required: ['n'] };
  const { node, type, click, button } = render(
    <InvokeForm name="f" schema={small} busy={false} onInvoke={onInvoke} />
  );
  await type(node.querySelector('input')!, '7');
  await click(button('Edit as JSON'));
  const area = node.querySelector('textarea')!;
  expect(JSON.parse(area.value)).toEqual({ n: 7 });
  await type(area, '{"n": 8, "extra": true}');
  await click(button('Invoke f'));
  expect(onInvoke).toHaveBeenCalledWith({ n: 8, extra: true });
});

test('without a schema the parameters are JSON from the start', () => {
  const { node } = render(
    <InvokeForm name="hello" schema={null} busy={false} onInvoke={jest.fn()} />
  );
  expect(node.querySelector('textarea')).not.toBeNull();
  expect(node.querySelectorAll('button')).toHaveLength(1);
});

test('a function without parameters has only the button', async () => {
  const onInvoke = jest.fn();
  const { node, click, button } = render(
    <InvokeForm name="f" schema={{ properties: {} }} busy={false} onInvoke={onInvoke} />
  );
  expect(node.querySelectorAll('input, textarea')).toHaveLength(0);
  await click(button('Invoke f'));
  expect(onInvoke).toHaveBeenCalledWith({});
});

test('choices keep the types of their values', async () => {
  const onInvoke = jest.fn();
  const { node, type, click, button } = render(
    <InvokeForm
      name="f"
      schema={{ properties: { way: { enum: [1, 'two'] } }, required: ['way'] }}
      busy={false}
      onInvoke={onInvoke}
    />
  );
  await type(node.querySelector('select')!, '0');
  await click(button('Invoke f'));
  expect(onInvoke).toHaveBeenCalledWith({ way: 1 });
});

test('parameters that were edited as JSON stay when the fields are shown again', async () => {
  const small = { properties: { n: { type: 'integer' } }, required: ['n'] };
  const { node, type, click, button } = render(
    <InvokeForm name="f" schema={small} busy={false} onInvoke={jest.fn()} />
  );
  await type(node.querySelector('input')!, 'seven');
  await click(button('Edit as JSON'));
  await click(button('Edit as fields'));
  expect(node.querySelector('input')!.value).toBe('seven');
  await click(button('Edit as JSON'));
  await type(node.querySelector('textarea')!, '{"n": 8, "m": 1}');
  await click(button('Edit as fields'));
  expect(node.querySelector('textarea')).not.toBeNull();
  expect(node.textContent).toContain('The form has no field for m');
  await type(node.querySelector('textarea')!, '{"n": 8}');
  await click(button('Edit as fields'));
  expect(node.querySelector('input')!.value).toBe('8');
});
