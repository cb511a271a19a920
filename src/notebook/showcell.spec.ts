import type { Notebook } from '@jupyterlab/notebook';

import { showCell } from './showcell';

const HEIGHT = 500;

/** A notebook whose second cell is `top` pixels below the notebook's upper edge. */
class Fake {
  top = 2000;
  activeCellIndex = 0;
  isDisposed = false;
  readonly node = document.createElement('div');
  readonly widgets = [0, 1].map(() => ({ node: document.createElement('div') }));
  readonly scrollToItem = jest.fn(() => {
    this.top = 100;
    return Promise.resolve();
  });

  constructor() {
    document.body.append(this.node);
    this.node.append(...this.widgets.map(one => one.node));
    this.node.getBoundingClientRect = () => ({ top: 0, bottom: HEIGHT }) as DOMRect;
    this.widgets[1]!.node.getBoundingClientRect = () =>
      ({ top: this.top, bottom: this.top + 20 }) as DOMRect;
  }

  get activeCell() {
    return this.widgets[this.activeCellIndex];
  }
}

let fake: Fake;

beforeEach(() => {
  jest.useFakeTimers();
  fake = new Fake();
});

afterEach(() => {
  jest.useRealTimers();
});

const show = () => showCell(fake as unknown as Notebook, 1);

test('the cell is the active one and in view', async () => {
  await show();
  expect(fake.activeCellIndex).toBe(1);
  expect(fake.scrollToItem).toHaveBeenCalledWith(1, 'smart');
});

test('a scroll that a newer one rejects is repeated until the cell is in view', async () => {
  fake.scrollToItem.mockRejectedValueOnce(new Error('Scrolling to a new item is requested.'));
  const shown = show();
  await jest.advanceTimersByTimeAsync(200);
  await shown;
  expect(fake.top).toBe(100);
});

test('a cell that is pushed out of view just after it was shown is followed', async () => {
  await show();
  fake.top = 900;
  await jest.advanceTimersByTimeAsync(200);
  expect(fake.top).toBe(100);
});

test.each([
  ['the wheel', () => fake.node.dispatchEvent(new Event('wheel'))],
  ['a key', () => fake.node.dispatchEvent(new Event('keydown'))],
  ['another active cell', () => (fake.activeCellIndex = 0)],
  ['a closed notebook', () => (fake.isDisposed = true)]
])('%s ends it', async (_, happens) => {
  await show();
  happens();
  fake.top = 900;
  await jest.advanceTimersByTimeAsync(5000);
  expect(fake.top).toBe(900);
});

test('after a while, the notebook may be scrolled', async () => {
  await show();
  await jest.advanceTimersByTimeAsync(2000);
  fake.top = 900;
  await jest.advanceTimersByTimeAsync(5000);
  expect(fake.top).toBe(900);
});
