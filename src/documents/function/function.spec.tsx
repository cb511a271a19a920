import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { act } from 'react';

import type { IOpenApi } from '../../api/openapi';
import type { IFunctionPage, IUsage } from '../../api/page';
import type { IRollout } from '../../api/rollouts';
import type { IActivation, IFunctionList } from '../../api/types';
import { FaasManager } from '../../state/manager';
import { action, sequence } from '../../testing/compositions';
import { settle } from '../../testing/kernel';
import { sample } from '../../testing/sampledata';
import { FakeServer, refusal, type Answer, type IRequest } from '../../testing/server';
import type { IFunctionNotebooks } from '../../tokens';
import { FunctionPageBody } from './body';
import { FunctionPageModel } from './model';
import type { IPageActions } from './props';

let page: IFunctionPage;
let usage: IUsage;
let openapi: IOpenApi;
let functions: IFunctionList;
let refused: Answer | null;
let server: FakeServer;
let manager: FaasManager;
let model: FunctionPageModel;
let body: FunctionPageBody | null;
let actions: { [name in keyof IPageActions]: jest.Mock };

function answer({ path }: IRequest): Answer {
  switch (path) {
    case 'functions/iris/page':
      return refused ?? [200, page];
    case 'functions/iris/usage':
      return [200, usage];
    case 'functions/iris/graph':
      return [200, { graph: sequence(action('hello')) }];
    case 'openapi':
      return [200, openapi];
    case 'functions':
      return [200, functions];
    case 'history/iris':
      return [200, sample('history')];
    default:
      return [200, sample(path.startsWith('differences/') ? 'diff' : path)];
  }
}

beforeEach(async () => {
  page = sample<IFunctionPage>('function_page');
  usage = sample<IUsage>('usage');
  openapi = sample<IOpenApi>('openapi');
  functions = sample<IFunctionList>('functions');
  refused = null;
  body = null;
  actions = {
    copy: jest.fn(),
    download: jest.fn(),
    invoke: jest.fn().mockResolvedValue(sample<IActivation>('activation')),
    resume: jest.fn(() => null),
    linkTo: jest.fn().mockReturnValue({ href: '/faas/activations/x' }),
    rollBack: jest.fn(),
    endRollout: jest.fn(),
    openActivation: jest.fn(),
    startPlayground: jest.fn(),
    openGraph: jest.fn(),
    cell: jest.fn().mockReturnValue(null)
  };
  server = new FakeServer(answer);
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  await manager.refresh();
});

afterEach(() => {
  act(() => body?.dispose());
  manager.dispose();
});

async function draw(): Promise<HTMLElement> {
  const notebooks = { current: null, all: [], currentChanged: new Signal({}) };
  model = new FunctionPageModel({
    name: 'iris',
    manager,
    notebooks: notebooks as unknown as IFunctionNotebooks
  });
  const made = new FunctionPageBody({ model, manager, actions });
  body = made;
  await act(async () => {
    Widget.attach(made, document.body);
    await settle();
  });
  return made.node;
}

function section(name: string): HTMLElement {
  return body!.node.querySelector<HTMLElement>(`section[aria-label="${name}"]`)!;
}

function rows(name: string): string[][] {
  return [...section(name).querySelectorAll('tbody tr')].map(row =>
    [...row.children].map(cell => cell.textContent)
  );
}

function button(name: string): HTMLButtonElement {
  const found = [...body!.node.querySelectorAll('button')].filter(
    one => (one.getAttribute('aria-label') ?? one.textContent) === name
  );
  expect(found).toHaveLength(1);
  return found[0]!;
}

async function click(name: string): Promise<void> {
  await act(async () => {
    button(name).click();
    await settle();
  });
}

test('it tells what the function does, takes and answers', async () => {
  const node = await draw();
  expect(node.querySelector('h1')?.textContent).toContain('iris');
  expect(node.querySelector('.jp-FaasPage-doc')?.textContent).toBe(page.doc);
  expect(node.querySelector('.jp-FaasSignature')?.textContent).toBe(page.signature);
  expect(rows('Parameters')).toEqual([
    ['sepal_length', 'float', 'required'],
    ['sepal_width', 'float', 'required'],
    ['petal_length', 'float', 'required'],
    ['petal_width', 'float', 'required'],
    ['unit', '"cm" | "in"', 'preset']
  ]);
  expect(rows('Result')).toEqual([
    ['species', 'str', ''],
    ['confidence', 'float', '']
  ]);
});

test('examples, the model, versions and addresses', async () => {
  await draw();
  const facts = section('Facts');
  expect([...facts.querySelectorAll('.jp-FaasCard-label')].map(one => one.textContent)).toEqual([
    'Examples',
    'Model',
    'Versions',
    'URL',
    'Web URL'
  ]);
  expect(facts.textContent).toContain('Same as the original: labels agree 1,204/1,204');
  expect(facts.textContent).toContain('v2, deployed');
  await click('Copy the web URL of iris');
  const url = functions.functions[0]!.web_url;
  expect(actions.copy).toHaveBeenCalledWith(url, 'Copied the web URL of iris');
  await act(async () => {
    facts.querySelector<HTMLElement>('.jp-FaasLinkButton')!.click();
  });
  expect(model.tab).toBe('history');
});

test('the history is a tab of the page, and is fetched when it is shown', async () => {
  const node = await draw();
  const asked = () => server.log.filter(line => line === 'GET history/iris');
  expect(asked()).toHaveLength(0);
  const tabs = [...node.querySelectorAll<HTMLElement>('[aria-label="Views of the function"] > *')];
  expect(tabs.map(one => one.textContent)).toEqual(['Overview', 'History']);
  await act(async () => {
    tabs[1]!.click();
    await settle();
  });
  expect(asked()).toHaveLength(1);
  expect(section('Deploys').querySelectorAll('tbody tr')).toHaveLength(3);
  expect(node.querySelector('h1')?.textContent).toContain('iris');
  await act(async () => {
    section('Deploys').querySelector<HTMLElement>('tbody .jp-FaasButton')!.click();
  });
  expect(actions.rollBack).toHaveBeenCalledWith('0.0.2');
  await act(async () => tabs[0]!.click());
  expect(section('Parameters')).not.toBeNull();
});

test('each way to use it can be copied', async () => {
  await draw();
  const tabs = [...section('How to call it').querySelectorAll<HTMLElement>('[role=tab]')];
  expect(tabs.map(one => one.textContent)).toEqual([
    'curl',
    'Python',
    'JavaScript',
    'wsk',
    'Another notebook'
  ]);
  for (const [index, { label, code, note }] of usage.snippets.entries()) {
    await act(async () => {
      tabs[index]!.click();
    });
    const panel = section('How to call it').querySelector('[role=tabpanel]')!;
    expect([...panel.querySelectorAll('pre')].at(-1)?.textContent).toBe(code);
    expect(panel.textContent).toContain(note);
    expect(panel.textContent.includes(usage.setup)).toBe(label !== 'Another notebook');
    await click(`Copy the ${label} snippet`);
    expect(actions.copy).toHaveBeenLastCalledWith(code, expect.any(String));
  }
});

test('the arrows go from one way to the next', async () => {
  await draw();
  const tabs = [...section('How to call it').querySelectorAll<HTMLElement>('[role=tab]')];
  tabs[0]!.focus();
  await act(async () => {
    tabs[0]!.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
  });
  expect(document.activeElement?.textContent).toBe('Python');
  expect(tabs.map(one => one.tabIndex)).toEqual([-1, 0, -1, -1, -1]);
});

test('made-up parameters are told as such', async () => {
  usage.params_from = 'schema';
  await draw();
  expect(section('How to call it').textContent).toContain('Replace the example values');
});

test('the OpenAPI document is read, copied and downloaded', async () => {
  await draw();
  const api = section('API');
  const heads = [...api.querySelectorAll<HTMLElement>('.jp-FaasPage-operation')];
  expect(heads.map(one => one.textContent)).toEqual([
    'POST/default/iris.json',
    'POST/default/hello.json',
    'POST/default/tag.json'
  ]);
  // Its own is open.
  const cells = [...api.querySelectorAll('th[scope=row]')].map(one => one.textContent);
  const answers = ['200', '202', '400', '404', '413', '429', '500'];
  expect(cells).toEqual([
    ...['sepal_length', 'sepal_width', 'petal_length', 'petal_width'],
    ...answers,
    ...['species', 'confidence', 'statusCode', 'body']
  ]);
  expect(api.textContent).toContain('Anyone can call it.');
  await act(async () => heads[2]!.closest('button')!.click());
  expect(api.textContent).toContain('annotation require-whisk-auth');
  await click('Copy the API URL of tag');
  const { url } = openapi.servers[0]!;
  expect(actions.copy).toHaveBeenLastCalledWith(`${url}/default/tag.json`, expect.any(String));
  await click('Copy the OpenAPI document');
  expect(actions.copy.mock.lastCall).toEqual([
    JSON.stringify(openapi, null, 2),
    'Copied openapi.json'
  ]);
  await click('Download the OpenAPI document');
  expect(actions.download.mock.lastCall).toEqual([
    'openapi.json',
    `${JSON.stringify(openapi, null, 2)}\n`
  ]);
});

test('the document of the whole namespace can be asked for', async () => {
  const asked = () =>
    server.requests.filter(one => one.path === 'openapi').map(one => one.query.get('package'));
  await draw();
  expect(asked()).toEqual(['default']);
  const select = section('API').querySelector('select')!;
  await act(async () => {
    select.value = 'namespace';
    select.dispatchEvent(new Event('change', { bubbles: true }));
    await settle();
  });
  expect(asked()).toEqual(['default', null]);
});

test('a function that is no web action says how it becomes one', async () => {
  functions.functions[0]!.web_url = null;
  await manager.refreshFunctions();
  await draw();
  expect(section('API').textContent).toContain('add --web after the name in its %%function line');
  expect(server.log.filter(line => line.includes('openapi'))).toEqual([]);
});

test('the form begins with an example, calls, and leads to the run', async () => {
  await draw();
  await click('Invoke iris');
  expect(actions.invoke).toHaveBeenCalledWith(page.examples[0]!.params);
  expect(section('Try it').querySelector('a')?.getAttribute('href')).toBe('/faas/activations/x');
});

test('a function of another tool has a page of what is known', async () => {
  page = {
    ...page,
    doc: null,
    signature: null,
    schema: null,
    result: null,
    preset: [],
    models: null,
    examples: []
  };
  functions.functions[0]!.web_url = null;
  await manager.refreshFunctions();
  await draw();
  expect(section('Parameters').textContent).toContain(
    'the function was not deployed with jupyter_faas'
  );
  expect(section('Result').textContent).toContain('Not known.');
  expect(section('Try it').querySelector('textarea')?.getAttribute('aria-label')).toBe(
    'Parameters as JSON'
  );
  const labels = [...section('Facts').querySelectorAll('.jp-FaasCard-label')];
  expect(labels.map(one => one.textContent)).toEqual(['Versions', 'URL']);
});

test('a composition shows its graph, which opens', async () => {
  functions.functions[0]!.composition = true;
  await manager.refreshFunctions();
  const node = await draw();
  expect(node.querySelector('.jp-FaasHeader-kicker')?.textContent).toBe('Composition');
  expect(section('Graph')).not.toBeNull();
  await click('Open the graph of iris');
  expect(actions.openGraph).toHaveBeenCalledTimes(1);
});

test('what came from a function is text', async () => {
  const bad = '<img src=x onerror="alert(1)">';
  page.doc = bad;
  page.schema!.properties![bad] = { type: 'string' };
  usage.snippets[0]!.code = bad;
  const node = await draw();
  expect(node.querySelector('img')).toBeNull();
  expect(node.querySelector('.jp-FaasPage-doc')?.textContent).toBe(bad);
});

test('a refusal is shown with its own words, and asked again', async () => {
  refused = [404, refusal('action_not_found', 'There is no iris.')];
  const node = await draw();
  expect(node.textContent).toContain('There is no iris.');
  expect(server.log).not.toContain('GET functions/iris/usage');
  refused = null;
  await click('Try again');
  expect(node.textContent).not.toContain('There is no iris.');
  expect(rows('Parameters')).toHaveLength(5);
});

test('of a function that was removed, why is said once and nothing about how it was', async () => {
  const node = await draw();
  functions.functions = [];
  refused = [404, refusal('action_not_found', 'There is no iris.')];
  await act(async () => {
    await manager.refreshFunctions();
    await model.refresh();
    await settle();
  });
  expect(node.textContent.split('There is no iris.')).toHaveLength(2);
  expect(section('API')).toBeNull();
  expect(rows('Parameters')).toHaveLength(5);
});

test('another version is asked for, and what was typed stays', async () => {
  await draw();
  const field = section('Try it').querySelector('input')!;
  const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!;
  await act(async () => {
    set!.call(field, '7.5');
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
  functions.functions[0]!.version = '0.0.3';
  page.doc = 'Another one.';
  page.schema!.properties!.more = { type: 'string' };
  await act(async () => {
    await manager.refreshFunctions();
    await settle();
  });
  expect(server.log.filter(line => line === 'GET functions/iris/page')).toHaveLength(2);
  expect(body!.node.textContent).toContain('Another one.');
  expect(section('Try it').querySelector('input')!.value).toBe('7.5');
});

test('without a new version beside it, nothing about one is asked or shown', async () => {
  await draw();
  expect(server.log.filter(line => line.includes('rollouts'))).toEqual([]);
  expect(section('Canary')).toBeNull();
});

test('it compares new versions, and ends the comparison', async () => {
  const [iris] = functions.functions;
  const variant = { role: 'shadow' as const, of: 'iris' };
  functions.functions.push({ ...iris!, name: 'iris-shadow', variant });
  const { rollouts } = sample<{ rollouts: IRollout[] }>('rollouts');
  server.answer = request =>
    request.path === 'rollouts/iris' ? [200, { rollouts }] : answer(request);
  await manager.refresh();
  await draw();
  expect(rows('Canary')).toEqual([
    ['Stable', 'iris-stable v1', '180', '1 (1%)', '3 ms', '5 ms', '$0.42'],
    ['Canary', 'iris-canary v1', '20', '0', '4 ms', '6 ms', '$0.43']
  ]);
  expect(section('Canary').textContent).toContain('as soon as more than 5%');
  expect(section('Shadow').textContent).toContain('19 of 20 answers agree (95%)');
  expect(rows('Shadow').at(-1)).toEqual([
    '{"sepal_length":5.1}',
    'species: "setosa" → "virginica"',
    '5f2a8f0b'
  ]);
  await click('Promote the new version of iris…');
  expect(actions.endRollout).toHaveBeenCalledWith('promote', 'canary');
  await click('5f2a8f0b');
  expect(actions.openActivation).toHaveBeenCalledWith('5f2a8f0b8c7d4e3fa1b2c3d4e5f60719');
});

test('a canary that was rolled back cannot be promoted', async () => {
  const [iris] = functions.functions;
  const variant = { role: 'canary' as const, of: 'iris' };
  functions.functions.push({ ...iris!, name: 'iris-canary', variant });
  const [canary] = sample<{ rollouts: IRollout[] }>('rollouts').rollouts;
  const rollouts = [{ ...canary!, rolled_back: '9 of 12 calls failed', percent: 0 }];
  server.answer = request =>
    request.path === 'rollouts/iris' ? [200, { rollouts }] : answer(request);
  await manager.refresh();
  await draw();
  expect(button('Promote the new version of iris…').disabled).toBe(true);
  expect(button('Discard the new version of iris…').disabled).toBe(false);
});
