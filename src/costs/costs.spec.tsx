import { Widget } from '@lumino/widgets';
import { act } from 'react';

import type { ITriggerList } from '../api/triggers';
import type { ICostReport } from '../api/types';
import { CostModel } from '../costmodel';
import { FaasManager } from '../manager';
import { settle } from '../testing/kernel';
import { sample } from '../testing/samples';
import { FakeServer, refusal, type Answer, type IRequest } from '../testing/server';
import { CostBody, type ICostActions } from './body';

const DAY_MS = 86_400_000;

let report: ICostReport;
let server: FakeServer;
let manager: FaasManager;
let model: CostModel;
let body: CostBody;
let actions: { [name in keyof ICostActions]: jest.Mock };

function answer({ path }: IRequest): Answer {
  return [200, path === 'cost' ? report : sample(path)];
}

/** What was asked of costs last, without JupyterLab's guard against caches. */
function asked(): { [key: string]: string } {
  const last = server.requests.filter(({ path }) => path === 'cost').pop()!;
  return Object.fromEntries([...last.query].filter(([, value]) => value !== ''));
}

async function draw(): Promise<HTMLElement> {
  model = new CostModel({ manager });
  body = new CostBody({ model, manager, actions });
  await act(async () => {
    Widget.attach(body, document.body);
    await settle();
  });
  return body.node;
}

async function act_(work: () => unknown): Promise<void> {
  await act(async () => {
    await work();
    await settle();
  });
}

function choice(label: string): HTMLSelectElement {
  return body.node.querySelector<HTMLSelectElement>(`select[aria-label="${label}"]`)!;
}

async function choose(label: string, value: string): Promise<void> {
  await act_(() => {
    choice(label).value = value;
    choice(label).dispatchEvent(new Event('change', { bubbles: true }));
  });
}

async function click(name: string): Promise<void> {
  const buttons = [...body.node.querySelectorAll('button')];
  const named = buttons.filter(one => (one.getAttribute('aria-label') ?? one.textContent) === name);
  expect(named.map(one => one.textContent)).toHaveLength(1);
  await act_(() => named[0]!.click());
}

function rows(): string[][] {
  return [...body.node.querySelectorAll('.jp-FaasCosts-table tbody tr')].map(row =>
    [...row.querySelectorAll('td')].map(cell => cell.textContent)
  );
}

beforeEach(async () => {
  report = sample<ICostReport>('cost');
  server = new FakeServer(answer);
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  actions = {
    copy: jest.fn(),
    startPlayground: jest.fn(),
    setMemory: jest.fn().mockReturnValue(null),
    setBudget: jest.fn(),
    keepWarm: jest.fn(),
    stopKeepingWarm: jest.fn()
  };
  await manager.refresh();
});

afterEach(async () => {
  await act_(() => body.dispose());
  manager.dispose();
});

test('25.5 s at 3,891 MB are $1,647.22 per million', async () => {
  await draw();
  expect(rows()[1]).toEqual([
    ...['talk_2018', '3,891', '1', '25.50 s', '25.50 s', '0.0%', '96.90'],
    ...['$1,647.22', '<$0.01']
  ]);
});

test('the total, its facts, and what has no price', async () => {
  const node = await draw();
  const head = node.querySelector('header')!.textContent;
  expect(head).toMatch(/^CostLast 7 days12,491 calls·91,520 GB-s·/);
  expect(head).toMatch(/\$1\.56\$6\.76 a month at this pace22\.3% of EC2 t3\.medium, 4 GB$/);
  expect(node.querySelector('tfoot')!.textContent).toBe('Total12,49191,520$1.56');
  expect(rows()[2]!.slice(-2)).toEqual(['—', '—']);
  expect(node.textContent).toContain('A sequence or composition costs what its parts cost');
});

test('period and prices are asked for', async () => {
  await draw();
  // Seven days of the clock here, today among them.
  expect(Date.now() - Number(asked().since)).toBeLessThan(7 * DAY_MS);
  expect(Date.now() - Number(asked().since)).toBeGreaterThanOrEqual(5.9 * DAY_MS);
  expect(Number(asked().utc_offset)).toBe(0 - new Date().getTimezoneOffset());
  await choose('Period', 'all');
  expect(asked()).toMatchObject({ since: '0' });
  expect(body.node.querySelector('header')!.textContent).toMatch(
    /^CostAll time.*\$6\.76 a month at this pace/
  );
  await choose('Prices', 'google-run');
  expect(asked()).toMatchObject({ since: '0', prices: 'google-run' });
  await choose('Compare with', 't3-small');
  expect(asked()).toMatchObject({ prices: 'google-run', always_on: 't3-small' });
});

test('memory to spare is taken over into the cell', async () => {
  const set = jest.fn();
  actions.setMemory.mockReturnValue(set);
  const node = await draw();
  const section = node.querySelector('[aria-label="Memory of smart_body_crop"]')!;
  expect(section.textContent).toContain('smart_body_crop has memory to spare');
  expect(section.textContent).toContain(
    'Peak use was 2,911 MB of 3,891 MB over 12,480 calls. 3,072 MB leaves 5% headroom.'
  );
  expect(section.textContent).toContain('Saves$0.33 in 7 days, 21.0%');
  await click('Set --memory 3072 in the cell');
  expect(actions.setMemory).toHaveBeenCalledWith('smart_body_crop');
  expect(set).toHaveBeenCalledWith(3072);
});

test('without an open notebook there is no button, but the option', async () => {
  const node = await draw();
  expect(node.textContent).not.toContain('in the cell');
  expect(node.textContent).toContain('--memory 3072 goes into the first line of its cell');
});

test('a saving that depends on the work is a range', async () => {
  report.functions[0]!.advice!.certain = false;
  report.functions[0]!.advice!.least_saved_text = '$0.00';
  const node = await draw();
  expect(node.textContent).toContain('Saves$0.00 to $0.33 in 7 days');
});

test('the chart says in a sentence where always-on is cheaper', async () => {
  const node = await draw();
  const words =
    'From 243,852 calls of smart_body_crop a month on, EC2 t3.medium, 4 GB at $30.37 a month is cheaper. Now 54,228 a month at $6.75.';
  expect(node.querySelector('svg[role=img]')!.getAttribute('aria-label')).toBe(words);
  expect(node.querySelector('.jp-FaasCosts-chart')!.textContent).toContain(words);
  expect(node.querySelector('.jp-FaasCosts-chart')!.textContent).toContain('it is 298,455 calls');
});

test('d3 draws the lines, their crossing and the pace', async () => {
  const node = await draw();
  const svg = node.querySelector('svg[role=img]')!;
  await act_(() => new Promise(done => setTimeout(done)));
  const texts = [...svg.querySelectorAll('.jp-FaasPlot-words')].map(one => one.textContent);
  expect(texts).toEqual([
    'EC2 t3.medium, 4 GB: $30.37',
    'Break-even: 243,852 calls',
    'Now: 54,228 calls, $6.75'
  ]);
  const even = svg.querySelector('.jp-FaasPlot-even')!;
  const now = svg.querySelector('.jp-FaasPlot-now')!;
  const at = (one: Element) => Number(one.getAttribute('cx'));
  // From the left end at 60 px, calls are as far apart as their numbers.
  expect((at(now) - 60) / (at(even) - 60)).toBeCloseTo(54_228 / 243_852, 3);
  expect(svg.querySelectorAll('.jp-mod-money .tick').length).toBeGreaterThan(2);
});

test('another function is looked at, and all together', async () => {
  const node = await draw();
  await click('Look at talk_2018');
  expect(node.querySelector('.jp-FaasCosts-chart')!.textContent).toContain('calls of talk_2018');
  expect(node.textContent).toContain('Peak use was 3,800 MB of 3,891 MB over 1 call.');
  expect(node.textContent).toContain('No call was a cold start, so nothing tells what one costs.');
  await click('Total');
  expect(node.querySelector('.jp-FaasCosts-chart')!.textContent).toContain('of all functions');
  expect(node.querySelector('.jp-FaasCosts-advice')).toBeNull();
  await click('Look at pair');
  expect(node.querySelector('svg[role=img]')).toBeNull();
});

test('a column sorts, and turns round', async () => {
  await draw();
  const names = () => rows().map(([name]) => name);
  await click('Calls');
  expect(names()).toEqual(['smart_body_crop', 'pair', 'talk_2018']);
  await click('Calls');
  expect(names()).toEqual(['talk_2018', 'pair', 'smart_body_crop']);
  const sorted = body.node.querySelector('th[aria-sort=ascending]')!;
  expect(sorted.textContent).toBe('Calls');
  await click('$ / million');
  // What has no price stands last, either way.
  expect(names()).toEqual(['talk_2018', 'smart_body_crop', 'pair']);
  await click('$ / million');
  expect(names()).toEqual(['smart_body_crop', 'talk_2018', 'pair']);
});

test('cold starts at a rate of one’s own', async () => {
  const node = await draw();
  const section = node.querySelector('[aria-label="Cold starts of smart_body_crop"]')!;
  expect(section.textContent).toContain('All cold$3,171.70');
  expect(section.textContent).toContain('None cold$109.81');
  expect(section.textContent).toContain('Kept warm by a call every 5 minutes$0.96 a month');
  const field = section.querySelector('input')!;
  expect(field.value).toBe('0.48');
  const setter = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!.set!;
  const enter = (text: string) =>
    act_(async () => {
      await act(async () => {
        setter.call(field, text);
        field.dispatchEvent(new Event('input', { bubbles: true }));
      });
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    });
  await enter('120');
  expect(asked().cold_rate).toBeUndefined();
  expect(field.value).toBe('0.48');
  await enter('5');
  expect(asked().cold_rate).toBe('5%');
  await enter('');
  expect(asked().cold_rate).toBeUndefined();
});

test('the table is copied with exact amounts', async () => {
  report.functions[2]!.name = 'odd, "name"';
  await draw();
  await click('Copy as CSV');
  const [text, told] = actions.copy.mock.calls[0] as [string, string];
  const lines = text.split('\r\n');
  expect(lines[0]).toBe(
    'function,kind,memory_mb,peak_mb,calls,p50_ms,p95_ms,cold,gb_seconds,usd,usd_per_million_calls'
  );
  expect(lines[2]).toBe(
    'talk_2018,function,3891,3800,1,25500,25500,0,96.89501953125,0.00164721533203125,1647.21533203125'
  );
  expect(lines[3]).toBe('"odd, ""name""",sequence,,,10,12,12,0,0,,');
  expect(told).toBe('Copied 3 functions as CSV');
});

test('a target out of reach: what was known last stays, marked', async () => {
  const node = await draw();
  server.answer = () => [502, refusal('target_not_reachable', 'No answer from the host.')];
  await act_(() => manager.refresh());
  expect(node.textContent).toContain('Can’t reach');
  expect(node.textContent).toContain('No answer from the host.');
  expect(node.textContent).toContain('Last known, as of');
  expect(rows()).toHaveLength(3);
  server.answer = answer;
  await click('Try again');
  expect(node.textContent).not.toContain('Last known');
});

test('a refusal is told with its own words', async () => {
  await draw();
  server.answer = request =>
    request.path === 'cost'
      ? [400, refusal('bad_input', 'There is no such list.')]
      : answer(request);
  await choose('Prices', 'digitalocean');
  expect(body.node.textContent).toContain('There is no such list.');
  expect(rows()).toHaveLength(3);
});

test('another target is another list', async () => {
  await draw();
  const status = sample<{ target: object; targets: object[] }>('status');
  report.functions = report.functions.slice(1, 2);
  server.answer = request =>
    request.path === 'status'
      ? [200, { ...status, target: { ...status.targets[1], state: 'reachable' } }]
      : answer(request);
  await act_(() => manager.refresh());
  expect(rows().map(([name]) => name)).toEqual(['talk_2018']);
});

test('nothing in the period leads to all time', async () => {
  report.functions = [];
  await draw();
  expect(body.node.textContent).toContain('Nothing was called: Last 7 days');
  expect(body.node.textContent).not.toContain('Copy as CSV');
  await click('Show all time');
  expect(asked()).toMatchObject({ since: '0' });
});

test('what a provider cannot run, and what was not seen, is told', async () => {
  report.prices.largest_mb = 2048;
  report.functions[0]!.runnable = false;
  report.seen = { runs: 2000, complete: false, added_up: false };
  report.prices.speed = 'memory';
  const node = await draw();
  const marks = [...node.querySelectorAll('td [role=img]')].map(one => one.getAttribute('title'));
  expect(marks).toEqual(['IBM Cloud Functions has 2,048 MB at most']);
  expect(node.textContent).toContain('Of the latest 2,000 runs; there were more in that time.');
  expect(node.textContent).toContain('IBM Cloud Functions gives other CPU.');
});

test('new activations are counted soon', async () => {
  model = new CostModel({ manager, afterNewsMs: 1 });
  body = new CostBody({ model, manager, actions });
  await settle();
  const before = server.log.filter(line => line === 'GET cost').length;
  server.answer = request =>
    request.path === 'activations' ? [200, { activations: [], as_of: 1 }] : answer(request);
  await manager.refreshActivations();
  server.answer = answer;
  await manager.refreshActivations();
  await new Promise(done => setTimeout(done, 20));
  expect(server.log.filter(line => line === 'GET cost').length).toBe(before + 1);
});

test('without a pace nothing is said of a month', async () => {
  report.pace_since = report.total.per_month_usd = report.total.per_month_text = null;
  report.total.always_on!.share = report.total.always_on!.calls_per_month = null;
  const node = await draw();
  expect(node.querySelector('header')!.textContent).toMatch(/\$1\.56$/);
  await click('Total');
  expect(node.querySelector('svg[role=img]')!.getAttribute('aria-label')).not.toContain('Now');
});

test('the budget and how the month goes', async () => {
  const node = await draw();
  const strip = () => node.querySelector('.jp-FaasCosts-budget')!;
  expect(strip().textContent).toContain('About $6.95 in November, budget $20.00; $5.32 so far');
  expect(strip().querySelector('svg')).toBeNull();
  await click('Change budget…');
  expect(actions.setBudget).toHaveBeenCalledTimes(1);
  report.budget = { ...report.budget!, over: true, estimate_text: '$34.00', complete: false };
  await act_(() => model.refresh());
  expect(strip().textContent).toContain(
    'Over budget: about $34.00 in November, budget $20.00; $5.32 or more so far'
  );
  // The words keep their colour; the icon warns.
  expect(strip().querySelector('svg')!.getAttribute('class')).toContain('jp-mod-warn');
  report.budget = null;
  await act_(() => model.refresh());
  await click('Set budget…');
  expect(actions.setBudget).toHaveBeenCalledTimes(2);
});

test('another budget is seen at once', async () => {
  const node = await draw();
  server.answer = request => (request.method === 'PUT' ? [200, {}] : answer(request));
  report.budget = { ...report.budget!, text: '$30.00' };
  await act_(() => manager.budget.set('30'));
  const put = server.requests.find(({ method }) => method === 'PUT')!;
  expect([put.path, JSON.parse(put.body)]).toEqual(['budget', { usd_per_month: '30' }]);
  expect(node.textContent).toContain('About $6.95 in November, budget $30.00');
});

test('each day, the newest first', async () => {
  const node = await draw();
  expect(node.querySelector('[aria-label="Cost of each day"]')).toBeNull();
  await click('Each day · 8 days');
  const days = [...node.querySelectorAll('[aria-label="Cost of each day"] tbody tr')];
  expect(days.map(row => row.textContent).slice(0, 4)).toEqual([
    ...['Wed, Nov 182,301$0.29', 'Tue, Nov 172,600$0.33', 'Mon, Nov 162,500$0.32'],
    'Sun, Nov 15300<$0.01'
  ]);
  expect(days).toHaveLength(8);
});

test('a function is kept warm by a rule, told with its price', async () => {
  report.functions[0]!.name = 'iris';
  report.functions[0]!.keep_warm!.by = 'provisioned concurrency';
  const node = await draw();
  const section = node.querySelector('[aria-label="Cold starts of iris"]')!;
  expect(section.textContent).toContain('Kept warm by provisioned concurrency$0.96 a month');
  expect(section.textContent).toContain('Kept warm by a call every 5 minutes$0.96 a month');
  await click('Keep iris warm…');
  expect(actions.keepWarm).toHaveBeenCalledWith('iris', {
    since: report.since,
    prices: 'openwhisk'
  });
});

test('what keeps a function warm is told, and can be removed', async () => {
  report.functions[0]!.name = 'iris';
  const list = sample<ITriggerList>('triggers');
  const [trigger] = list.triggers;
  const named = { ...trigger!, name: 'keep-warm-iris', when: 'every 5 minutes' };
  list.triggers = [named];
  const [rule] = named.rules;
  named.rules = [{ ...rule!, trigger: named.name, action: 'iris', active: true }];
  server.answer = request => (request.path === 'triggers' ? [200, list] : answer(request));
  await manager.refresh();
  const node = await draw();
  expect(node.textContent).toContain('keep-warm-iris calls it every 5 minutes.');
  expect(node.textContent).not.toContain('Keep warm…');
  await click('Stop keeping iris warm…');
  expect(actions.stopKeepingWarm).toHaveBeenCalledWith('iris');
  named.rules[0]!.active = false;
  await act_(() => manager.refresh());
  expect(node.textContent).toContain('keep-warm-iris is paused, so it may get cold.');
});

test('what the target does not have cannot be kept warm', async () => {
  const node = await draw();
  expect(node.textContent).toContain('Kept warm by a call every 5 minutes');
  expect(node.textContent).not.toContain('Keep warm…');
});
