import { act } from 'react';

import { loadLayouts } from '../../flow/dagrelayout';
import { graphOf } from '../../flow/graph';
import { settle } from '../../testing/kernel';
import { SessionPage } from '../../testing/sessionpage';
import { named, SESSION_ID } from '../../testing/sessions';

let page: SessionPage;

beforeEach(() => {
  page = new SessionPage();
});

afterEach(() => page.close());

test('the trace is a table that the keyboard walks', async () => {
  const node = await page.draw();
  const rows = () => [...node.querySelectorAll<HTMLElement>('tbody tr')];
  expect(node.querySelector('tfoot')?.textContent).toBe('Total1.241 s46.88 s2.739 s$3,184.45');
  expect(rows()).toHaveLength(7);
  act(() => {
    rows()[0]!.focus();
  });
  await page.press('ArrowLeft');
  expect(rows()).toHaveLength(1);
  await page.press('ArrowRight');
  await page.press('ArrowDown');
  expect(document.activeElement).toBe(rows()[1]);
  await page.press('Enter');
  expect(page.actions.open).toHaveBeenCalledWith(named(page.session, 'fetch_asset').id);
  await page.click(rows()[4]);
  expect(rows()[4]!.getAttribute('aria-selected')).toBe('true');
  await page.click(node.querySelector('.jp-FaasTrace-steps'));
  expect(rows()).toHaveLength(14);
  await page.click([...node.querySelectorAll('.jp-FaasSegments button')][1]);
  expect(node.querySelector('.jp-FaasTrace-axis')?.textContent).toContain('100 ms');
});

test('the result is shown as JSON or as a table', async () => {
  page.session.activation = { ...page.session.activation, ok: true, result: { crop: { x: 212 } } };
  await page.draw();
  const panel = await page.choose('result');
  const buttons = () => [...panel.querySelectorAll<HTMLElement>('.jp-FaasSegments button')];
  expect(buttons().map(one => one.textContent)).toEqual(['JSON', 'Table']);
  expect(panel.querySelector('table')).toBeNull();
  await page.click(buttons()[1]);
  expect(panel.querySelector('table')?.textContent).toBe('KeyValuecrop.x212');
  expect(buttons().map(one => one.getAttribute('aria-pressed'))).toEqual(['false', 'true']);
  await page.click(buttons()[0]);
  expect(panel.querySelector('table')).toBeNull();
});

test('a failed run has no table', async () => {
  page.session.activation = { ...page.session.activation, ok: false, result: { error: 'no' } };
  await page.draw();
  const panel = await page.choose('result');
  expect(panel.querySelector('.jp-FaasSegments')).toBeNull();
});

test('the slider says what another memory size would cost, and sets it in the cell', async () => {
  const set = jest.fn();
  page.actions.setMemory.mockReturnValue(set);
  await page.draw();
  const panel = await page.choose('cost');
  expect(panel.querySelector('tfoot')?.textContent).toBe('Exact total$3,184.45100.0%');
  const slider = panel.querySelector<HTMLElement>('[role=slider]')!;
  expect(slider.getAttribute('aria-valuetext')).toBe('3,891 MB');
  slider.focus();
  await page.press('ArrowLeft');
  expect(slider.getAttribute('aria-valuenow')).toBe('3840');
  await page.press('PageDown');
  await page.press('PageDown');
  expect(slider.getAttribute('aria-valuenow')).toBe('3072');
  const section = panel.querySelector('.jp-FaasWhatIf')!;
  expect(section.textContent).toContain('Per million calls$2,516.85Saves$667.60 (21.0%)');
  await page.click(section.querySelector('button'));
  expect(set).toHaveBeenCalledWith(3072);
  await page.press('End');
  expect(section.textContent).toContain('What if smart_body_crop had more memory?');
  expect(section.textContent).toContain('Costs more');
});

test('the slider marks the peak use, and says what less than that would do', async () => {
  named(page.session, 'smart_body_crop').peak_mb = 2911;
  await page.draw();
  const panel = await page.choose('cost');
  const slider = panel.querySelector<HTMLElement>('[role=slider]')!;
  expect(slider.getAttribute('aria-valuetext')).toBe('3,891 MB, peak use 2,911 MB');
  const mark = slider.querySelector<HTMLElement>('.jp-FaasSlider-peak')!;
  expect(parseFloat(mark.style.left)).toBeCloseTo((100 * (2911 - 128)) / (4096 - 128), 3);
  expect(panel.textContent).toContain('peak use 2,911 MB');
  slider.focus();
  await page.press('PageDown');
  expect(panel.textContent).not.toContain('would have been stopped');
  await page.press('PageDown');
  await page.press('PageDown');
  expect(slider.getAttribute('aria-valuenow')).toBe('2560');
  expect(panel.textContent).toContain(
    'Peak use was 2,911 MB. With less memory, the function would have been stopped.'
  );
});

test('where memory brings CPU, what it saves is a range', async () => {
  const { prices } = page.session;
  page.session.prices = { ...prices, label: 'Lambda', speed: 'memory', mb_per_cpu: 1769 };
  await page.draw();
  const panel = await page.choose('cost');
  const section = () => panel.querySelector('.jp-FaasWhatIf')!.textContent;
  expect(section()).toContain('With Lambda, the CPU depends on the memory size.');
  panel.querySelector<HTMLElement>('[role=slider]')!.focus();
  await page.press('PageDown');
  // It keeps a core.
  expect(section()).toContain('Per million calls$2,934.20Saves$250.25 (7.9%)');
  expect(section()).toContain('The function has at least one core with either size');
  await page.press('Home');
  // With 128/1,769 of a core 49.09 s take 13.8 times as long.
  expect(section()).toMatch(/Per million calls\$117\.\d\d to \$1,4\d\d\.\d\d/);
  expect(section()).toContain('With less memory, Lambda also provides less CPU');
  expect(section()).toContain(
    'may take up to 13.8 times as long; calls that only wait take as long as before'
  );
  expect(section()).not.toContain('same duration');
});

test('a call that was chosen in the trace is the one of what if', async () => {
  await page.draw();
  await page.click(page.node.querySelectorAll('tbody tr')[2]);
  const panel = await page.choose('cost');
  expect(panel.textContent).toContain('What if fetch_asset had less memory?');
  expect(panel.textContent).toContain('The memory size applies to all 2 runs of');
});

test('of very long logs a thousand lines are drawn until the rest is asked for', async () => {
  const { id } = named(page.session, 'has_person');
  page.session.logs = Array.from({ length: 1500 }, (_, index) => ({
    time: `2026-11-24T17:41:43.${String(index).padStart(6, '0')}Z`,
    stream: index === 3 ? 'stderr' : 'stdout',
    text: `line ${index}`,
    step: id
  }));
  await page.draw();
  const panel = await page.choose('logs');
  const lines = () => panel.querySelectorAll('.jp-FaasLogTable tr');
  expect(lines()).toHaveLength(1000);
  expect(panel.querySelectorAll('.jp-mod-stderr')).toHaveLength(1);
  await page.click(
    [...panel.querySelectorAll('button')].find(one => one.textContent.startsWith('Show'))
  );
  expect(lines()).toHaveLength(1500);
});

async function drawn(panel: HTMLElement, path: string): Promise<Element> {
  await act(async () => {
    await loadLayouts(graphOf(page.session.graph!));
    await settle();
  });
  const found = panel.querySelector(`g[data-id="${CSS.escape(path)}:box"]`);
  if (!found) {
    throw new Error(`${path} is not among ${panel.innerHTML.match(/data-id="[^"]*"/g)?.join(' ')}`);
  }
  return found;
}

test('the flow shows the calls of the node that is chosen', async () => {
  await page.draw();
  const panel = await page.choose('flow');
  const fetch = await drawn(panel, '.body[0][0]');
  const calls = () =>
    [...panel.querySelectorAll('.jp-FaasCalls-line')].map(line => line.textContent);
  expect(calls()).toEqual([expect.stringMatching(/^smart_body_crop.*Init 46.88 s.*3,891 MB/)]);
  await act(async () => {
    fetch.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    await settle();
  });
  expect(calls()).toEqual([
    expect.stringMatching(/^fetch_asset1st try.*504 Gateway Timeout$/),
    expect.stringMatching(/^fetch_asset2nd try.*\$1.70 per million/)
  ]);
  await page.click(panel.querySelectorAll('.jp-FaasCalls-line button')[1]);
  expect(page.actions.open).toHaveBeenCalledWith(named(page.session, 'fetch_asset', 1).id);
  await act(async () => {
    (await drawn(panel, '.handler')).dispatchEvent(new MouseEvent('click', { bubbles: true }));
    await settle();
  });
  expect(panel.querySelector('.jp-FaasCalls')?.textContent).toBe('Not reached in this run.');
});

test('without its graph, the flow is a list of steps', async () => {
  page.session = { ...page.session, graph: null, graph_from: null };
  await page.draw();
  const panel = await page.choose('flow');
  expect(panel.textContent).toContain('The graph of this run is not available');
  expect(panel.querySelectorAll('.jp-FaasCalls-line')).toHaveLength(6);
});

test('a plain sequence and a function have no flow', async () => {
  page.session = { ...page.session, kind: 'sequence', graph: null };
  const node = await page.draw();
  expect(node.querySelector('[data-tab="flow"]')).toBeNull();
});

test('the raw record is shown, or the whole session', async () => {
  await page.draw();
  const panel = await page.choose('raw');
  expect(panel.textContent).toContain('"type": "activation"');
  expect(panel.textContent).not.toContain('"graph_from"');
  await page.click(
    [...panel.querySelectorAll('button')].find(one => one.textContent === 'Session')
  );
  expect(panel.textContent).toContain('"graph_from"');
});

test('of a plain function the trace is itself', async () => {
  const crop = named(page.session, 'smart_body_crop');
  page.session = { ...page.session, kind: 'function', name: crop.name, steps: [] };
  page.session.activation = { ...page.session.activation, ...crop, id: SESSION_ID, cause: null };
  const node = await page.draw();
  await page.choose('trace');
  expect(node.querySelectorAll('tbody tr')).toHaveLength(1);
  expect(node.querySelector('tfoot')).toBeNull();
  const panel = await page.choose('cost');
  expect(panel.textContent).toContain('smart_body_crop3,89149.09 s49.1 s$3,171.70');
});
