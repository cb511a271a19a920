import { Widget } from '@lumino/widgets';
import { act } from 'react';

import type { ICostReport } from '../../api/types';
import { FaasManager } from '../../manager';
import { costsIcon } from '../../plugins/icons';
import { settle } from '../../testing/kernel';
import { sample } from '../../testing/samples';
import { FakeServer, refusal, type Answer, type IRequest } from '../../testing/server';
import { CostPanel } from '.';

let report: ICostReport;
let server: FakeServer;
let manager: FaasManager;
let panel: CostPanel;
const open = jest.fn();

function answer({ path }: IRequest): Answer {
  return [200, path === 'cost' ? report : sample(path)];
}

async function draw(): Promise<HTMLElement> {
  await manager.refresh();
  panel = new CostPanel({ manager, icon: costsIcon, open });
  await act(async () => {
    Widget.attach(panel, document.body);
    await settle();
  });
  return panel.body.node;
}

function note(): string {
  return panel.toolbar.node.querySelector('.jp-FaasSection-note')!.textContent;
}

beforeEach(() => {
  report = sample<ICostReport>('cost');
  server = new FakeServer(answer);
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
});

afterEach(async () => {
  await act(async () => panel.dispose());
  manager.dispose();
});

test('the total of a week, the dearest functions, and how far always-on is', async () => {
  const [first] = report.functions;
  report.functions = ['a', 'b', 'c', 'd'].map(name => ({ ...first!, name }));
  const node = await draw();
  expect(note()).toBe('$1.56 in 7 days');
  expect(node.textContent).toContain('$1.56last 7 days, estimated');
  expect([...node.querySelectorAll('li')].map(one => one.textContent)).toEqual([
    ...['a$1.55', 'b$1.55', 'c$1.55'],
    'and 1 more'
  ]);
  expect(node.textContent).toContain('22.3% of break-even243,809 calls / month');
  const button = [...node.querySelectorAll('button')].find(one => one.textContent === 'Open costs');
  await act(async () => button!.click());
  expect(open).toHaveBeenCalledTimes(1);
});

test('what has no price has no line', async () => {
  const node = await draw();
  expect([...node.querySelectorAll('li')].map(one => one.textContent)).toEqual([
    ...['smart_body_crop$1.55', 'talk_2018<$0.01'],
    'and 1 more'
  ]);
});

test('nothing was called', async () => {
  report.functions = [];
  const node = await draw();
  expect(note()).toBe('nothing spent yet');
  expect(node.textContent).toContain('Nothing was called in 7 days.');
});

test('out of reach, what was known last is marked', async () => {
  const node = await draw();
  server.answer = () => [502, refusal('target_not_reachable')];
  await act(async () => {
    await manager.refresh();
    await settle();
  });
  expect(note()).toMatch(/^as of /);
  expect(node.textContent).toContain(', as of ');
  expect(node.textContent).toContain('$1.56');
});

test('without the server half there is nothing to open', async () => {
  server.answer = () => [404, ''];
  const node = await draw();
  expect(note()).toBe('unavailable');
  expect(node.textContent).toBe('');
});
