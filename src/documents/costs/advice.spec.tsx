import { act } from 'react';

import type { ITriggerList } from '../../api/triggers';
import { CostsPage } from '../../testing/costspage';
import { sample } from '../../testing/sampledata';

let page: CostsPage;

beforeEach(() => {
  page = new CostsPage();
});

afterEach(() => page.close());

test('memory to spare is taken over into the cell', async () => {
  const set = jest.fn();
  page.actions.setMemory.mockReturnValue(set);
  const node = await page.draw();
  const section = node.querySelector('[aria-label="Memory of smart_body_crop"]')!;
  expect(section.textContent).toContain('smart_body_crop has memory to spare');
  expect(section.textContent).toContain(
    'Peak use was 2,911 MB of 3,891 MB over 12,480 calls. 3,072 MB is still 1.1 times the peak.'
  );
  expect(section.textContent).toContain('Would have saved$0.33 in 7 days, 21.0%');
  await page.click('Set --memory 3072 in the cell');
  expect(page.actions.setMemory).toHaveBeenCalledWith('smart_body_crop');
  expect(set).toHaveBeenCalledWith(3072);
});

test('without an open notebook there is no button, but the option', async () => {
  const node = await page.draw();
  expect(node.textContent).not.toContain('in the cell');
  expect(node.textContent).toContain('Add --memory 3072 to its first line');
});

test('a saving that depends on the work is a range', async () => {
  page.report.functions[0]!.advice!.certain = false;
  page.report.functions[0]!.advice!.least_saved_text = '$0.00';
  const node = await page.draw();
  expect(node.textContent).toContain('Would have saved$0.00 to $0.33 in 7 days');
});

test('the chart says in a sentence where always-on is cheaper', async () => {
  const node = await page.draw();
  const words =
    'With more than 243,852 calls a month to smart_body_crop, an always-on server (EC2 t3.medium, 4 GB, $30.37 a month) is cheaper. Currently, there are 54,228 calls a month, which cost $6.75.';
  expect(node.querySelector('svg[role=img]')!.getAttribute('aria-label')).toBe(words);
  expect(node.querySelector('.jp-FaasCosts-chart')!.textContent).toContain(words);
  expect(node.querySelector('.jp-FaasCosts-chart')!.textContent).toContain(
    'the break-even point is 298,455 calls a month'
  );
});

test('d3 draws the lines, their crossing and the pace', async () => {
  const node = await page.draw();
  const svg = node.querySelector('svg[role=img]')!;
  await page.act(() => new Promise(done => setTimeout(done)));
  const texts = [...svg.querySelectorAll('.jp-FaasPlot-words')].map(one => one.textContent);
  expect(texts).toEqual([
    'Break-even: 243,852 calls',
    'EC2 t3.medium, 4 GB: $30.37',
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
  const node = await page.draw();
  await page.click('Show talk_2018');
  expect(node.querySelector('.jp-FaasCosts-chart')!.textContent).toContain('to talk_2018');
  expect(node.textContent).toContain('Peak use was 3,800 MB of 3,891 MB over 1 call.');
  expect(node.textContent).toContain(
    'No call was a cold start, so the cost of a cold start is not known.'
  );
  await page.click('Total');
  expect(node.querySelector('.jp-FaasCosts-chart')!.textContent).toContain('across all functions');
  expect(node.querySelector('.jp-FaasCosts-advice')).toBeNull();
  await page.click('Show pair');
  expect(node.querySelector('svg[role=img]')).toBeNull();
});

test('cold starts at a rate of one’s own', async () => {
  const node = await page.draw();
  const section = node.querySelector('[aria-label="Cold starts of smart_body_crop"]')!;
  expect(section.textContent).toContain('All cold$3,171.70');
  expect(section.textContent).toContain('None cold$109.81');
  expect(section.textContent).toContain('Kept warm by a call every 5 minutes$0.96 a month');
  const field = section.querySelector('input')!;
  expect(field.value).toBe('0.48');
  const setter = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!.set!;
  const enter = (text: string) =>
    page.act(async () => {
      await act(async () => {
        setter.call(field, text);
        field.dispatchEvent(new Event('input', { bubbles: true }));
      });
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    });
  await enter('120');
  expect(page.asked().cold_rate).toBeUndefined();
  expect(field.value).toBe('0.48');
  await enter('5');
  expect(page.asked().cold_rate).toBe('5%');
  await enter('');
  expect(page.asked().cold_rate).toBeUndefined();
});

test('what a provider cannot run, and what was not seen, is told', async () => {
  page.report.prices.largest_mb = 2048;
  page.report.functions[0]!.runnable = false;
  page.report.seen = { runs: 2000, complete: false, added_up: false };
  page.report.prices.speed = 'memory';
  const node = await page.draw();
  const marks = [...node.querySelectorAll('td [role=img]')].map(one => one.getAttribute('title'));
  expect(marks).toEqual(['IBM Cloud Functions (2018, closed) allows at most 2,048 MB']);
  expect(node.textContent).toContain(
    'Needs more than the 2,048 MB that IBM Cloud Functions (2018, closed) allows.'
  );
  expect(node.textContent).toContain('Based only on the latest 2,000 runs of this period.');
  expect(node.textContent).toContain('IBM Cloud Functions (2018, closed) has different CPUs.');
});

test('without a pace nothing is said of a month', async () => {
  page.report.pace_since =
    page.report.total.per_month_usd =
    page.report.total.per_month_text =
      null;
  page.report.total.always_on!.share = page.report.total.always_on!.calls_per_month = null;
  const node = await page.draw();
  expect(node.querySelector('.jp-FaasSession-figures')!.textContent).toMatch(/\$1\.56$/);
  await page.click('Total');
  expect(node.querySelector('svg[role=img]')!.getAttribute('aria-label')).not.toContain('Now');
});

test('a function is kept warm by a rule, told with its price', async () => {
  page.report.functions[0]!.name = 'iris';
  page.report.functions[0]!.keep_warm!.by = 'provisioned concurrency';
  const node = await page.draw();
  const section = node.querySelector('[aria-label="Cold starts of iris"]')!;
  expect(section.textContent).toContain('Kept warm by provisioned concurrency$0.96 a month');
  expect(section.textContent).toContain('Kept warm by a call every 5 minutes$0.96 a month');
  await page.click('Keep iris warm…');
  expect(page.actions.keepWarm).toHaveBeenCalledWith('iris', {
    since: page.report.since,
    prices: 'openwhisk'
  });
});

test('what keeps a function warm is told, and can be removed', async () => {
  page.report.functions[0]!.name = 'iris';
  const list = sample<ITriggerList>('triggers');
  const [trigger] = list.triggers;
  const named = { ...trigger!, name: 'keep-warm-iris', when: 'every 5 minutes' };
  list.triggers = [named];
  const [rule] = named.rules;
  named.rules = [{ ...rule!, trigger: named.name, action: 'iris', active: true }];
  page.server.answer = request =>
    request.path === 'triggers' ? [200, list] : page.answer(request);
  await page.manager.refresh();
  const node = await page.draw();
  expect(node.textContent).toContain(
    'The trigger keep-warm-iris calls the function every 5 minutes.'
  );
  expect(node.textContent).not.toContain('Keep warm…');
  await page.click('Stop keeping iris warm…');
  expect(page.actions.stopKeepingWarm).toHaveBeenCalledWith('iris');
  named.rules[0]!.active = false;
  await page.act(() => page.manager.refresh());
  expect(node.textContent).toContain(
    'The trigger keep-warm-iris is paused, so the next call may be a cold start.'
  );
});

test('what the target does not have cannot be kept warm', async () => {
  const node = await page.draw();
  expect(node.textContent).toContain('Kept warm by a call every 5 minutes');
  expect(node.textContent).not.toContain('Keep warm…');
});
