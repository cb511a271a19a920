import { SessionPage } from '../../testing/sessionpage';
import { SESSION_ID, step } from '../../testing/sessions';

const EVIL = '<img src=x onerror="alert(1)">';

let page: SessionPage;

beforeEach(() => {
  page = new SessionPage();
});

afterEach(() => page.close());

test('the head tells which run it is, how it went and what it cost', async () => {
  const node = await page.draw();
  const head = node.querySelector('header')!;
  expect(head.querySelector('h1')?.textContent).toBe('asset_createdSucceededCold start');
  expect(head.textContent).toContain('composition v4·6 calls, 1 retried·ended');
  expect(head.querySelector('.jp-FaasSession-figures')?.textContent).toBe(
    '50.88 s including waiting$3,184.45 per million calls'
  );
  await page.click(head.querySelector('[aria-label="Copy the activation ID"]'));
  expect(page.actions.copy).toHaveBeenCalledWith(SESSION_ID, 'Copied the ID');
});

test('a run with an input can be repeated in four ways, and a running one cancelled', async () => {
  page.input = { params: { x: 1 }, lacking: [] };
  page.actions.hasCell.mockReturnValue(true);
  page.session = { ...page.session, kind: 'function' };
  await page.draw();
  const tool = (label: string) =>
    [...page.node.querySelectorAll('.jp-FaasSession-toolbar button')].find(
      one => one.textContent === label
    );
  expect(page.tools).toEqual(['Run again', 'Edit and run', 'Replay against the cell']);
  await page.click(tool('Edit and run'));
  expect(page.actions.editAndRun).toHaveBeenCalledWith(page.session, { x: 1 });
  await page.click(tool('Replay against the cell'));
  expect(page.actions.replayHere).toHaveBeenCalledWith(page.session);
  await page.close();
  page.session = { ...page.session, running: true };
  await page.draw();
  expect(page.tools).toEqual(['Replay against the cell', 'Cancel']);
  await page.click(tool('Cancel'));
  expect(page.actions.cancel).toHaveBeenCalledWith(page.session);
});

test('a failed session opens on the exception of the step that ended it', async () => {
  const where = { file: 'function.py', line: 5, function: 'halve', code: 'f()', in_cell: true };
  const failure = { type: 'ValueError', message: EVIL, where, traceback: [], logged: null };
  page.session = {
    ...page.session,
    activation: { ...page.session.activation, ok: false, result: { error: 'odd' } },
    failed_step: { id: 'a'.repeat(32), name: 'halve', failure }
  };
  const node = await page.draw();
  const panel = node.querySelector<HTMLElement>('[role=tabpanel]')!;
  expect(panel.querySelector('pre')?.textContent).toBe(`ValueError: ${EVIL}`);
  const [open, line] = panel.querySelectorAll('.jp-FaasLinkButton');
  await page.click(line);
  expect(page.actions.openLine).toHaveBeenCalledWith('halve', where);
  await page.click(open);
  expect(page.actions.open).toHaveBeenCalledWith('a'.repeat(32));
});

test('what cannot be done is not there', async () => {
  await page.draw();
  expect(page.tools).toEqual([]);
});

test('what can be done is', async () => {
  page.input = { params: { x: 1 }, lacking: [] };
  const openCell = jest.fn();
  page.actions.openCell.mockReturnValue(openCell);
  page.actions.curl.mockReturnValue('curl …');
  page.actions.history.mockReturnValue(jest.fn());
  await page.draw();
  expect(page.actions.curl).toHaveBeenLastCalledWith(page.session, { x: 1 });
  expect(page.tools).toEqual([
    'Run again',
    'Edit and run',
    'Open cell',
    'Copy as curl',
    'Show history'
  ]);
  for (const button of page.node.querySelectorAll('.jp-FaasSession-toolbar button')) {
    await page.click(button);
  }
  expect(page.actions.replay).toHaveBeenCalledWith(page.session);
  expect(openCell).toHaveBeenCalledTimes(1);
  expect(page.actions.copy).toHaveBeenCalledWith('curl …', expect.stringContaining('key'));
});

test('its name leads to the page of the function', async () => {
  const open = jest.fn();
  page.actions.page.mockReturnValue(open);
  await page.draw();
  await page.click(page.node.querySelector('h1 button'));
  expect(page.actions.page).toHaveBeenLastCalledWith('asset_created');
  expect(open).toHaveBeenCalledTimes(1);
});

test('an input that was redacted is not replayed from here', async () => {
  page.input = { params: { token: '…' }, lacking: ['token'] };
  await page.draw();
  expect(page.tools).toEqual(['Edit and run']);
  const panel = await page.choose('result');
  expect(panel.textContent).toContain('%faas replay asset_created token=…');
});

test('tabs are chosen by arrows, one of them is in the tab order', async () => {
  const node = await page.draw();
  const tabs = () => [...node.querySelectorAll<HTMLElement>('[role=tab]')];
  expect(tabs().map(tab => tab.textContent)).toEqual([
    'Result',
    'Logs',
    'Trace 6',
    'Flow',
    'Cost',
    'Annotations 5',
    'Raw'
  ]);
  expect(tabs().filter(tab => tab.tabIndex === 0)).toHaveLength(1);
  tabs()
    .find(tab => tab.tabIndex === 0)!
    .focus();
  const chosen = async (key: string) => {
    await page.press(key);
    expect(document.activeElement?.getAttribute('aria-selected')).toBe('true');
    return document.activeElement?.getAttribute('data-tab');
  };
  expect(await chosen('ArrowRight')).toBe('flow');
  expect(await chosen('End')).toBe('raw');
  expect(await chosen('ArrowRight')).toBe('result');
  expect(await chosen('ArrowLeft')).toBe('raw');
  expect(await chosen('Home')).toBe('result');
});

test('results, logs and annotations are text, whatever is in them', async () => {
  page.session.activation = {
    ...page.session.activation,
    result: { [EVIL]: EVIL },
    annotations: { [EVIL]: EVIL }
  };
  page.session.steps.push(step({ name: EVIL, at: 60_000, ms: 1, ok: false, error: EVIL }));
  page.session.logs = [{ time: EVIL, stream: 'stderr', text: EVIL, step: 'x' }];
  const node = await page.draw();
  for (const tab of ['result', 'logs', 'trace', 'cost', 'annotations', 'raw']) {
    const panel = await page.choose(tab);
    expect(panel.textContent).toContain('onerror');
    expect(node.querySelector('img')).toBeNull();
  }
});

test('an activation that is not there is told, and asked for again', async () => {
  page.refused = true;
  const node = await page.draw();
  expect(node.textContent).toContain('No such activation.');
  expect(node.querySelector('header')).toBeNull();
  page.refused = false;
  await page.click(
    [...node.querySelectorAll('button')].find(one => one.textContent === 'Try again')
  );
  expect(node.querySelector('h1')?.textContent).toContain('asset_created');
});

test('a session without any step says so', async () => {
  page.session = { ...page.session, steps: [], elapsed_ms: 0, end: null, running: true };
  page.session.cost = { ...page.session.cost, per_million_usd: null, text: null };
  await page.draw();
  expect((await page.choose('cost')).textContent).toBe('Nothing has been charged yet.');
  expect((await page.choose('logs')).textContent).toBe('Nothing has been printed yet.');
  expect((await page.choose('result')).textContent).toContain('still running');
});
