import { Widget } from '@lumino/widgets';
import { act } from 'react';

import type { ICostsReport } from '../../api/costs';
import type { IStatus } from '../../api/types';
import { costsIcon } from '../../plugins/labicons';
import { FaasManager } from '../../state/manager';
import { settle } from '../../testing/kernel';
import { sample } from '../../testing/sampledata';
import { FakeServer, refusal, type Answer, type IRequest } from '../../testing/server';
import { CostsPanel } from '.';

let report: ICostsReport;
let server: FakeServer;
let manager: FaasManager;
let panel: CostsPanel;
const open = jest.fn();
const setBudget = jest.fn();

function answer({ path }: IRequest): Answer {
  return [200, path === 'cost' ? report : sample(path)];
}

async function draw(): Promise<HTMLElement> {
  await manager.refresh();
  panel = new CostsPanel({ manager, icon: costsIcon, open, setBudget });
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
  report = sample<ICostsReport>('cost');
  server = new FakeServer(answer);
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
});

afterEach(async () => {
  await act(async () => panel.dispose());
  manager.dispose();
});

test('without days: the total of a week, the dearest functions, how far always-on is', async () => {
  report.days = [];
  const [first] = report.functions;
  report.functions = ['a', 'b', 'c', 'd'].map(name => ({ ...first!, name }));
  const node = await draw();
  expect(note()).toBe('$1.56 in 7 days');
  expect(node.textContent).toContain('$1.56last 7 days, estimated');
  expect([...node.querySelectorAll('li')].map(one => one.textContent)).toEqual([
    ...['a$1.55', 'b$1.55', 'c$1.55'],
    'and 1 more'
  ]);
  expect(node.textContent).toContain('22.3% of break-evenat 243,809 calls a month');
  const button = [...node.querySelectorAll('button')].find(one => one.textContent === 'Open costs');
  await act(async () => button!.click());
  expect(open).toHaveBeenCalledTimes(1);
});

test('what has no price has no line', async () => {
  report.days = [];
  const node = await draw();
  expect([...node.querySelectorAll('li')].map(one => one.textContent)).toEqual([
    ...['smart_body_crop$1.55', 'talk_2018$0.0016'],
    'and 1 more'
  ]);
});

test('nothing was called', async () => {
  report.functions = [];
  const node = await draw();
  expect(note()).toBe('no calls in 7 days');
  expect(node.textContent).toContain('No calls in the last 7 days.');
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

test('what each day cost, as bars and in a sentence', async () => {
  report.total.always_on!.usd_per_month = '30.416666666666666';
  const node = await draw();
  const bars = node.querySelector('.jp-FaasDays')!;
  expect(bars.getAttribute('role')).toBe('img');
  expect(bars.getAttribute('aria-label')).toBe(
    'Cost per day from Wed, Nov 11 to Wed, Nov 18: $0.33 at most, on Tue, Nov 17; an always-on server costs $1.00 a day.'
  );
  expect(bars.textContent).toBe('always-on $1.00 / dayWTFSSMTW');
  const heights = [...bars.querySelectorAll('rect')].map(one => Number(one.getAttribute('height')));
  expect(heights).toHaveLength(8);
  // As high as they cost: nothing, a third of the line, and never too low to be seen.
  expect(heights[0]).toBe(0);
  expect(heights[6]! / heights[1]!).toBeCloseTo(0.33 / 0.31, 1);
  expect(heights[4]).toBe(3);
  const line = bars.querySelector('line')!;
  const highest = 44 - Number(line.getAttribute('y1'));
  expect(heights[6]! / highest).toBeCloseTo(0.33, 2);
  expect(bars.querySelector('span')!.title).toBe('Wed, Nov 11: $0.00, 0 runs');
});

test('a line far above would flatten the bars', async () => {
  report.total.always_on!.usd_per_month = '3000';
  const bars = (await draw()).querySelector('.jp-FaasDays')!;
  expect(bars.textContent).toContain('always-on $98.63 / day (off the chart)');
  expect(bars.querySelector('line')).toBeNull();
});

test('without days, or without cost, there are no bars', async () => {
  report.days = [];
  const node = await draw();
  expect(node.querySelector('.jp-FaasDays')).toBeNull();
  expect(node.textContent).toContain('$1.56');
});

test('a budget that the estimate passes is said in title and section', async () => {
  const node = await draw();
  expect(node.querySelector('.jp-FaasBudget')!.textContent).toBe(
    'Estimate for November: about $6.95, budget $20.00'
  );
  expect(node.querySelector('.jp-FaasBudget')!.getAttribute('title')).toBe(
    '$5.32 so far in November'
  );
  report.budget = { ...report.budget!, over: true };
  server.answer = request => (request.method === 'PUT' ? [200, {}] : answer(request));
  await act(async () => {
    await manager.budget.set('5');
    await settle();
  });
  expect(note()).toBe('$1.56 in 7 days, over budget');
  expect(node.querySelector('.jp-FaasBudget')!.textContent).toBe(
    'Estimate for November: about $6.95, over the budget of $20.00'
  );
  expect(node.querySelector('.jp-FaasBudget svg')!.getAttribute('class')).toContain('jp-mod-warn');
  const change = [...node.querySelectorAll('button')].find(
    one => one.textContent === 'Change budget…'
  );
  await act(async () => change!.click());
  expect(setBudget).toHaveBeenCalledTimes(1);
});

test('a target that never responded is said where its costs would be', async () => {
  const status = sample<IStatus>('status');
  const target = { ...status.target, state: 'stopped' as const };
  server.answer = ({ path }) => [200, path === 'status' ? { ...status, target } : sample(path)];
  const node = await draw();
  expect(node.textContent).toBe('The cost of calls appears here when the playground is running.');
});

test('a budget is told also where nothing was called', async () => {
  report.functions = [];
  const node = await draw();
  expect(node.textContent).toContain('Estimate for November: about $6.95, budget $20.00');
});
