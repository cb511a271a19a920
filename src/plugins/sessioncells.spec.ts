import type { INotebookFunctions, IFunctionNotebooks } from '../tokens';
import { SessionCells, type ICellOrigin } from './sessioncells';

interface IOpenCell {
  id: string;
  source: string;
}

const IRIS: IOpenCell = { id: 'c7', source: '%%function iris --web\ndef iris(): ...' };
const ORIGIN: ICellOrigin = { name: 'iris', notebook: 'flowers.ipynb', cell_id: 'c7' };

let open: INotebookFunctions[];
let files: { [folder: string]: string[] };
let activate: jest.Mock;
let openFile: jest.Mock;
let cells: SessionCells;

function notebook(path: string, ...found: IOpenCell[]): INotebookFunctions {
  const widgets = found.map(({ id, source }) => ({
    model: { id, sharedModel: { getSource: () => source } },
    ready: Promise.resolve(),
    editor: { focus: jest.fn(), setCursorPosition: jest.fn() }
  }));
  const content = {
    widgets,
    node: document.createElement('div'),
    activeCellIndex: -1,
    scrollToItem: jest.fn().mockResolvedValue(undefined)
  };
  return { panel: { id: path, context: { path }, content } } as unknown as INotebookFunctions;
}

function shown(one: INotebookFunctions): number {
  return one.panel.content.activeCellIndex;
}

beforeEach(() => {
  open = [];
  files = { '': [] };
  activate = jest.fn();
  openFile = jest.fn().mockResolvedValue(true);
  const get = jest.fn((folder: string) =>
    folder in files
      ? Promise.resolve({ content: files[folder]!.map(name => ({ name })) })
      : Promise.reject(new Error('gone'))
  );
  const notebooks = {
    get all() {
      return open;
    }
  } as unknown as IFunctionNotebooks;
  cells = new SessionCells({ notebooks, contents: { get } as never, activate, openFile });
});

test('the cell is known by its id, whatever its notebook is called now', async () => {
  open = [notebook('other.ipynb', { ...IRIS, id: 'c1' }), notebook('new/name.ipynb', IRIS)];
  await cells.open(ORIGIN);
  expect(activate).toHaveBeenCalledWith('new/name.ipynb');
  expect(open.map(shown)).toEqual([-1, 0]);
});

test('a copy of the cell is known by the name in its magic', async () => {
  open = [notebook('other.ipynb', IRIS), notebook('a/flowers.ipynb', { ...IRIS, id: 'c1' })];
  await cells.open({ ...ORIGIN, cell_id: 'gone' });
  expect(activate).toHaveBeenCalledWith('a/flowers.ipynb');
});

test('a notebook that is closed is opened, from the folder of an open one too', async () => {
  open = [notebook('a/other.ipynb')];
  files['a'] = ['flowers.ipynb'];
  const found = notebook('a/flowers.ipynb', { id: 'x', source: '' }, IRIS);
  openFile.mockImplementation(() => {
    open.push(found);
    return Promise.resolve(true);
  });
  await cells.open(ORIGIN);
  expect(openFile).toHaveBeenCalledWith('a/flowers.ipynb', 'c7');
  expect(shown(found)).toBe(1);
});

test('where a page of its own shows the notebook, that shows the cell', async () => {
  files[''] = ['flowers.ipynb'];
  openFile.mockResolvedValue(false);
  await cells.open(ORIGIN);
  expect(activate).not.toHaveBeenCalled();
});

test('a cell that was deleted is said to be gone', async () => {
  files[''] = ['flowers.ipynb'];
  open = [notebook('flowers.ipynb', { id: 'x', source: '%%function irises' })];
  await expect(cells.open(ORIGIN)).rejects.toMatchObject({
    message: 'flowers.ipynb no longer contains the cell of iris.'
  });
});

test('a notebook that was moved is said to be gone, unless an open one has the function', async () => {
  await expect(cells.open(ORIGIN)).rejects.toMatchObject({
    message: expect.stringContaining('iris was deployed from flowers.ipynb, which is neither in'),
    hint: expect.stringContaining('open it and try again')
  });
  open = [notebook('renamed.ipynb', { ...IRIS, id: 'c1' })];
  await cells.open(ORIGIN);
  expect(activate).toHaveBeenCalledWith('renamed.ipynb');
});

test('nothing is offered for what came from no notebook', () => {
  const foreign = { name: 'hello', notebook: null, cell_id: null };
  expect(cells.opener(foreign)).toBeNull();
  expect(cells.opener(ORIGIN)).not.toBeNull();
});

function cursor(one: INotebookFunctions, cell: number): unknown {
  return jest.mocked(one.panel.content.widgets[cell]!.editor!.setCursorPosition).mock.lastCall?.[0];
}

test('a failed line is shown in the cell of the function, or in the one that defines the helper', async () => {
  const helper = 'import re\n\ndef looked_up(table, key):\n    return table[key]';
  const own = { ...IRIS, source: '%%function iris\ndef iris(key):\n    return looked_up({}, key)' };
  const found = notebook('flowers.ipynb', { id: 'h', source: helper }, own);
  open = [notebook('other.ipynb'), found];
  const where = { file: 'function.py', line: 3, function: 'iris', in_cell: true };
  await cells.openLine(ORIGIN, { ...where, code: 'return looked_up({}, key)' });
  expect([shown(found), cursor(found, 1)]).toEqual([1, { line: 2, column: 0 }]);
  const captured = { file: 'captured.py', line: 17, function: 'looked_up', in_cell: false };
  await cells.openLine(ORIGIN, { ...captured, code: 'return table[key]' });
  expect([shown(found), cursor(found, 0)]).toEqual([0, { line: 3, column: 0 }]);
});

test('a failed line that was edited since shows the cell alone', async () => {
  const found = notebook('flowers.ipynb', IRIS);
  open = [found];
  const where = { file: 'function.py', line: 3, function: 'iris', in_cell: true, code: 'gone()' };
  await cells.openLine(ORIGIN, where);
  expect([shown(found), cursor(found, 0)]).toEqual([0, undefined]);
});
