import { act } from 'react';
import React from 'react';

import { action, ASSET, ASSET_NODES, code, EMPTY, sequence, step } from '../testing/compositions';
import { render, type IRendered } from '../testing/render';
import { Flow, type IFlowProps } from './flow';

async function drawn(props: Partial<IFlowProps>): Promise<IRendered> {
  const rendered = render(<Flow graph={ASSET} name="asset_created" {...props} />);
  // The layout is loaded when it is first needed.
  await act(async () => {
    await import('@dagrejs/dagre');
  });
  return rendered;
}

const run = {
  nodes: ASSET_NODES,
  steps: [
    step('.body[0][0]', { duration_ms: 160, ok: false }),
    step('.body[0][0]', { duration_ms: 200 }),
    step('.body[1].consequent', { duration_ms: 49_090, cold: true })
  ],
  succeeded: true,
  calls: 3
};

function box(node: HTMLElement, title: string): SVGGElement {
  const found = [...node.querySelectorAll<SVGGElement>('g[data-id]')].find(
    one => one.querySelector('.jp-FaasFlow-name')?.textContent === title
  );
  if (!found) {
    throw new Error(`No box is named ${title}`);
  }
  return found;
}

const label = (node: HTMLElement, title: string) => box(node, title).getAttribute('aria-label');

test('a drawing says in one sentence what it shows', async () => {
  const { node } = await drawn(run);
  const svg = node.querySelector('.jp-FaasFlow-drawing');
  expect(svg?.getAttribute('aria-label')).toBe(
    'Composition asset_created. 3 calls to 5 of 7 functions.'
  );
});

test('a box says what became of its function', async () => {
  const { node } = await drawn(run);
  expect(label(node, 'fetch_asset')).toBe('fetch_asset, called 2 times, 1 failed, 360 ms');
  expect(label(node, 'smart_body_crop')).toBe('smart_body_crop, called once, cold start, 49.09 s');
  expect(label(node, 'center_crop')).toBe('center_crop, not reached');
  expect(box(node, 'center_crop').textContent).toContain('not reached');
  expect(box(node, 'fetch_asset').textContent).toContain('×2');
});

test('a call under way, and one that only failed', async () => {
  const { node } = await drawn({
    graph: sequence(action('fails'), action('runs')),
    nodes: { '': { visits: 1, failed: 0 }, '[0]': { visits: 1, failed: 1 } },
    steps: [step('[1]', { end: null, duration_ms: null })]
  });
  expect(label(node, 'fails')).toBe('fails, called once, 1 failed');
  expect(box(node, 'fails').classList).toContain('jp-mod-failed');
  expect(label(node, 'runs')).toBe('runs, running, called once');
});

test('without a run a box says what it is, or what is noted about it', async () => {
  const { node } = await drawn({
    graph: sequence(action('one'), action('two'), code('lambda p: p')),
    notes: { '[1]': { text: 'not deployed', icon: 'warning', tone: 'warn' } }
  });
  expect(label(node, 'one')).toBe('one, action');
  expect(label(node, 'two')).toBe('two, not deployed');
  expect(label(node, 'lambda p: p')).toBe('lambda p: p, inline Python');
});

test('what data says is text', async () => {
  const { node } = await drawn({
    graph: sequence(action('<b>x</b>'), { type: 'let', declarations: { '<i>': 1 }, components: [] })
  });
  expect(node.querySelector('b, i')).toBeNull();
  expect(box(node, '<b>x</b>')).not.toBeNull();
});

test('arrows follow the lines and Enter opens', async () => {
  const opened: string[] = [];
  const selected: string[] = [];
  const { node, press } = await drawn({
    onOpen: path => opened.push(path),
    onSelect: path => selected.push(path)
  });
  const tabbed = node.querySelectorAll('g[tabindex="0"]');
  expect([...tabbed].map(one => one.getAttribute('data-path'))).toEqual(['.body[0][0]']);
  await act(async () => {
    box(node, 'fetch_asset').focus();
  });
  const path = () => document.activeElement?.getAttribute('data-path');
  await press(document.activeElement!, 'ArrowRight');
  expect(path()).toBe('.body[1].test');
  await press(document.activeElement!, 'ArrowRight');
  expect(path()).toBe('.body[1].consequent');
  await press(document.activeElement!, 'ArrowDown');
  expect(path()).toBe('.body[1].alternate');
  await press(document.activeElement!, 'Enter');
  expect(opened).toEqual(['.body[1].alternate']);
  await press(document.activeElement!, 'ArrowRight');
  expect(path()).toBe('.body[2]');
  await press(document.activeElement!, 'ArrowLeft');
  expect(['.body[1].consequent', '.body[1].alternate']).toContain(path());
  await press(document.activeElement!, 'Escape');
  expect(document.activeElement?.className).toBe('jp-FaasFlow-view');
  expect(selected[0]).toBe('.body[1].test');
});

test('a click chooses a box, and the chosen one is marked', async () => {
  const selected: string[] = [];
  const { node, update } = await drawn({ onSelect: path => selected.push(path) });
  const sentiment = box(node, 'sentiment');
  await act(async () => {
    sentiment.dispatchEvent(new MouseEvent('click', { bubbles: true }));
  });
  expect(selected).toEqual(['.body[2]']);
  update(<Flow graph={ASSET} name="x" selected=".body[2]" onSelect={() => undefined} />);
  expect(box(node, 'sentiment').getAttribute('aria-pressed')).toBe('true');
});

test('a drawing that nothing comes of has no tab stops', async () => {
  const { node } = await drawn({});
  expect(node.querySelectorAll('g[tabindex]')).toHaveLength(0);
  expect(box(node, 'sentiment').getAttribute('role')).toBe('img');
});

test('zooming changes the size and fitting takes it back', async () => {
  const { node, button, click } = await drawn({});
  const width = () => Number(node.querySelector('.jp-FaasFlow-drawing')?.getAttribute('width'));
  const first = width();
  await click(button('Zoom in'));
  expect(width()).toBeGreaterThan(first);
  await click(button('Show the whole graph'));
  expect(width()).toBe(first);
  await click(button('Zoom out'));
  expect(width()).toBeLessThan(first);
});

test('another graph is drawn in the place of the first', async () => {
  const { node, update } = await drawn({});
  await act(async () => {
    update(<Flow graph={sequence(action('other'))} name="x" />);
  });
  expect([...node.querySelectorAll('g[data-id]')]).toHaveLength(1);
  expect(label(node, 'other')).toBe('other, action');
});

test('an empty composition is a line', async () => {
  const { node } = await drawn({ graph: EMPTY });
  expect(node.querySelectorAll('.jp-FaasFlow-link')).toHaveLength(2);
  expect(node.textContent).toContain('This composition is empty and returns its input.');
});
