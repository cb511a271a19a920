import { CostsPage } from '../../testing/costspage';
import { sample } from '../../testing/sampledata';
import { refusal } from '../../testing/server';

const DAY_MS = 86_400_000;

let page: CostsPage;

beforeEach(() => {
  page = new CostsPage();
});

afterEach(() => page.close());

test('25.5 s at 3,891 MB are $1,647.22 per million', async () => {
  await page.draw();
  expect(page.rows()[1]).toEqual([
    ...['talk_2018', '3,891', '1', '25.50 s', '25.50 s', '0.0%', '96.90'],
    ...['$1,647.22', '$0.0016']
  ]);
});

test('the total, its facts, and what has no price', async () => {
  const node = await page.draw();
  const head = node.querySelector('header')!.textContent;
  expect(head).toMatch(/^CostLast 7 days\$1\.5612,491 calls·91,520 GB-s·/);
  expect(head).toMatch(
    /records\$6\.76 a month at this pace·22\.3% of the price of a server \(EC2 t3\.medium, 4 GB\)$/
  );
  expect(node.querySelector('tfoot')!.textContent).toBe('Total12,49191,520$1.56');
  expect(page.rows()[2]!.slice(-2)).toEqual(['—', '—']);
  expect(node.textContent).toContain(
    'The parts of a sequence or composition are listed separately'
  );
});

test('a composition says where its cold starts are counted', async () => {
  const [first] = page.report.functions;
  page.report.functions = [
    first!,
    { ...first!, name: 'flow', kind: 'composition', cold: null, cold_share: null }
  ];
  const node = await page.draw();
  const why = [...node.querySelectorAll('tbody tr')].map(row =>
    [...row.querySelectorAll('td')].map(cell => cell.title).join('')
  );
  expect(why[0]).toBe('');
  expect(why[1]).toMatch(/^Cold starts are counted for functions\..*the filter “Cold start”/);
  const name = node.querySelector<HTMLElement>('[aria-label="Show flow"]')!;
  expect(name.title).toContain('\nCold: —\n');
  expect(name.title).toContain('Cold starts are counted for functions.');
});

test('what keeps schedules stands last, whichever way, and is nothing to be advised on', async () => {
  const [, talk] = page.report.functions;
  page.report.functions.push({ ...talk!, name: 'alarms/interval', kind: 'feed', calls: 9 });
  const node = await page.draw();
  const last = () =>
    page
      .rows()
      .map(([name]) => name)
      .pop();
  expect(last()).toBe('alarms/intervalschedules');
  await page.click('Function');
  expect(last()).toBe('alarms/intervalschedules');
  expect(node.textContent).toContain('Creating or removing a schedule runs the host’s own feed');
  await page.click('Show alarms/interval');
  expect(node.querySelector('.jp-FaasCosts-advice')).toBeNull();
});

test('a sequence says where its comparison is, and not that none is large enough', async () => {
  const node = await page.draw();
  await page.click('Show pair');
  const chart = node.querySelector('.jp-FaasCosts-chart')!;
  expect(chart.textContent).toMatch(
    /The functions of this (composition|sequence) are compared separately\./
  );
  expect(chart.textContent).not.toContain('large enough');
});

test('period and prices are asked for', async () => {
  await page.draw();
  // Seven days of the clock here, today among them.
  expect(Date.now() - Number(page.asked().since)).toBeLessThan(7 * DAY_MS);
  expect(Date.now() - Number(page.asked().since)).toBeGreaterThanOrEqual(5.9 * DAY_MS);
  expect(Number(page.asked().utc_offset)).toBe(0 - new Date().getTimezoneOffset());
  await page.choose('Period', 'all');
  expect(page.asked()).toMatchObject({ since: '0' });
  expect(page.node.querySelector('header')!.textContent).toMatch(
    /^CostAll time.*\$6\.76 a month at this pace/
  );
  await page.choose('Prices', 'google-run');
  expect(page.asked()).toMatchObject({ since: '0', prices: 'google-run' });
  await page.choose('Compare with', 't3-small');
  expect(page.asked()).toMatchObject({ prices: 'google-run', always_on: 't3-small' });
});

test('a column sorts, and turns round', async () => {
  await page.draw();
  const names = () => page.rows().map(([name]) => name);
  await page.click('Calls');
  expect(names()).toEqual(['smart_body_crop', 'pair', 'talk_2018']);
  await page.click('Calls');
  expect(names()).toEqual(['talk_2018', 'pair', 'smart_body_crop']);
  const sorted = page.node.querySelector('th[aria-sort=ascending]')!;
  expect(sorted.textContent).toBe('Calls');
  await page.click('$ / million calls');
  // What has no price stands last, either way.
  expect(names()).toEqual(['talk_2018', 'smart_body_crop', 'pair']);
  await page.click('$ / million calls');
  expect(names()).toEqual(['smart_body_crop', 'talk_2018', 'pair']);
});

test('the table is copied with exact amounts', async () => {
  page.report.functions[2]!.name = 'odd, "name"';
  await page.draw();
  await page.click('Copy as CSV');
  const [text, told] = page.actions.copy.mock.calls[0] as [string, string];
  const lines = text.split('\r\n');
  expect(lines[0]).toBe(
    'function,kind,memory_mb,peak_mb,calls,p50_ms,p95_ms,cold,gb_seconds,usd,usd_per_million_calls'
  );
  expect(lines[2]).toBe(
    'talk_2018,function,3891,3800,1,25500,25500,0,96.89501953125,0.00164721533203125,1647.21533203125'
  );
  expect(lines[3]).toBe('"odd, ""name""",sequence,,,10,12,12,,0,,');
  expect(told).toBe('Copied the costs of 3 functions as CSV');
});

test('a target out of reach: what was known last stays, marked', async () => {
  const node = await page.draw();
  page.server.answer = () => [502, refusal('target_not_reachable', 'No answer from the host.')];
  await page.act(() => page.manager.refresh());
  expect(node.textContent).toContain('Cannot reach');
  expect(node.textContent).toContain('No answer from the host.');
  expect(node.textContent).toContain('Last known costs, as of');
  expect(page.rows()).toHaveLength(3);
  page.server.answer = request => page.answer(request);
  await page.click('Try again');
  expect(node.textContent).not.toContain('Last known');
});

test('a refusal is told with its own words', async () => {
  await page.draw();
  page.server.answer = request =>
    request.path === 'cost'
      ? [400, refusal('bad_input', 'There is no such list.')]
      : page.answer(request);
  await page.choose('Prices', 'digitalocean');
  expect(page.node.textContent).toContain('There is no such list.');
  expect(page.rows()).toHaveLength(3);
});

test('another target is another list', async () => {
  await page.draw();
  const status = sample<{ target: object; targets: object[] }>('status');
  page.report.functions = page.report.functions.slice(1, 2);
  page.server.answer = request =>
    request.path === 'status'
      ? [200, { ...status, target: { ...status.targets[1], state: 'reachable' } }]
      : page.answer(request);
  await page.act(() => page.manager.refresh());
  expect(page.rows().map(([name]) => name)).toEqual(['talk_2018']);
});

test('nothing in the period leads to all time', async () => {
  page.report.functions = [];
  await page.draw();
  expect(page.node.textContent).toContain('No calls in 7 days');
  expect(page.node.textContent).not.toContain('Copy as CSV');
  await page.click('Show all time');
  expect(page.asked()).toMatchObject({ since: '0' });
});

test('new activations are counted soon', async () => {
  await page.draw(1);
  const count = () => page.server.log.filter(line => line === 'GET cost').length;
  const before = count();
  page.server.answer = request =>
    request.path === 'activations' ? [200, { activations: [], as_of: 1 }] : page.answer(request);
  await page.manager.refreshActivations();
  page.server.answer = request => page.answer(request);
  await page.manager.refreshActivations();
  while (count() === before) {
    await new Promise(done => setTimeout(done));
  }
  expect(count()).toBe(before + 1);
});

test('the budget and how the month goes', async () => {
  const node = await page.draw();
  const strip = () => node.querySelector('.jp-FaasCosts-budget')!;
  expect(strip().textContent).toContain(
    'Estimate for November: about $6.95, budget $20.00; $5.32 so far'
  );
  expect(strip().querySelector('svg')).toBeNull();
  await page.click('Change budget…');
  expect(page.actions.setBudget).toHaveBeenCalledTimes(1);
  page.report.budget = {
    ...page.report.budget!,
    over: true,
    estimate_text: '$34.00',
    complete: false
  };
  await page.act(() => page.model.refresh());
  expect(strip().textContent).toContain(
    'Estimate for November: about $34.00, over the budget of $20.00; $5.32 or more so far'
  );
  // The words keep their colour; the icon warns.
  expect(strip().querySelector('svg')!.getAttribute('class')).toContain('jp-mod-warn');
  page.report.budget = null;
  await page.act(() => page.model.refresh());
  await page.click('Set budget…');
  expect(page.actions.setBudget).toHaveBeenCalledTimes(2);
});

test('another budget is seen at once', async () => {
  const node = await page.draw();
  page.server.answer = request => (request.method === 'PUT' ? [200, {}] : page.answer(request));
  page.report.budget = { ...page.report.budget!, text: '$30.00' };
  await page.act(() => page.manager.budget.set('30'));
  const put = page.server.requests.find(({ method }) => method === 'PUT')!;
  expect([put.path, JSON.parse(put.body)]).toEqual(['budget', { usd_per_month: '30' }]);
  expect(node.textContent).toContain('Estimate for November: about $6.95, budget $30.00');
});

test('each day, the newest first', async () => {
  const node = await page.draw();
  expect(node.querySelector('table[aria-label="Cost per day"]')).toBeNull();
  await page.click('Cost per day · 8 days');
  const days = [...node.querySelectorAll('table[aria-label="Cost per day"] tbody tr')];
  expect(days.map(row => row.textContent).slice(0, 4)).toEqual([
    ...['Wed, Nov 182,301$0.29', 'Tue, Nov 172,600$0.33', 'Mon, Nov 162,500$0.32'],
    'Sun, Nov 15300$0.004'
  ]);
  expect(days).toHaveLength(8);
});
