import { Dialog, Notification } from '@jupyterlab/apputils';
import { CommandRegistry } from '@lumino/commands';
import { act } from 'react';

import type { ICostsReport, IFunctionCost } from '../../api/costs';
import type { IFunctionPage } from '../../api/page';
import type { ITriggerList } from '../../api/triggers';
import { CommandIDs } from '../../commands';
import { FaasManager } from '../../state/manager';
import { settle } from '../../testing/kernel';
import { sample } from '../../testing/sampledata';
import { FakeServer, refusal, type Answer, type IRequest } from '../../testing/server';
import type { IFunctionNotebooks } from '../../tokens';
import { addCostsCommands } from './costscommands';

const NO_NOTEBOOKS = { current: null, all: [] } as unknown as IFunctionNotebooks;

let commands: CommandRegistry;
let manager: FaasManager;
let server: FakeServer;
let report: ICostsReport;
let triggers: ITriggerList;

function answer({ method, path, body }: IRequest): Answer {
  if (path === 'budget') {
    const { usd_per_month: amount } = JSON.parse(body) as { usd_per_month: string | null };
    return amount === 'much'
      ? [400, refusal('bad_input', 'A budget must be an amount in USD, not ‘much’.')]
      : [200, { target: 'playground', usd_per_month: amount }];
  }
  if (path === 'cost') {
    return [200, report];
  }
  if (path === 'triggers') {
    return method === 'POST' ? [201, triggers.triggers[0]] : [200, triggers];
  }
  if (path === 'functions/iris/page') {
    return [200, sample('function_page')];
  }
  return [200, path.startsWith('triggers/') ? { rules: [], warning: '' } : sample(path)];
}

function sent(path: string): [string, unknown][] {
  return server.requests
    .filter(one => one.path.startsWith(path) && one.method !== 'GET')
    .map(one => [`${one.method} ${one.path}`, one.body && JSON.parse(one.body)]);
}

/** Fails the test where there is none. */
function dialog(): HTMLElement {
  return asked()!;
}

function asked(): HTMLElement | null {
  return document.querySelector<HTMLElement>('.jp-Dialog');
}

async function press(label: string): Promise<void> {
  const buttons = [...dialog().querySelectorAll('button')];
  await act(async () => {
    buttons.find(one => one.textContent === label)!.click();
    await settle();
  });
}

async function type(text: string): Promise<void> {
  const field = dialog().querySelector<HTMLInputElement | HTMLTextAreaElement>('input, textarea')!;
  const kind = field instanceof HTMLInputElement ? HTMLInputElement : HTMLTextAreaElement;
  const setter = Object.getOwnPropertyDescriptor(kind.prototype, 'value')!.set!;
  await act(async () => {
    setter.call(field, text);
    field.dispatchEvent(new Event('input', { bubbles: true }));
    await settle();
  });
}

/** Starts a command and waits for its question. */
async function start(command: string, args = {}): Promise<void> {
  await act(async () => {
    void commands.execute(command, args);
    for (let round = 0; round < 20 && asked() === null; round++) {
      await settle();
    }
  });
}

beforeEach(async () => {
  report = sample<ICostsReport>('cost');
  report.functions[0]!.name = 'iris';
  triggers = sample<ITriggerList>('triggers');
  server = new FakeServer(answer);
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  commands = new CommandRegistry();
  addCostsCommands(commands, manager, NO_NOTEBOOKS);
  await manager.refresh();
});

afterEach(() => {
  Dialog.flush();
  manager.dispose();
});

test('a budget is asked for, and a wrong one is named where it stands', async () => {
  await start(CommandIDs.setBudget);
  expect(dialog().querySelector('input')!.value).toBe('20');
  await type('much');
  await press('Set budget');
  await act(settle);
  expect(dialog().querySelector('[role=alert]')!.textContent).toContain('not ‘much’');
  expect(dialog().querySelector('input')!.value).toBe('much');
  await type('30.5');
  await press('Set budget');
  expect(sent('budget').map(([, body]) => body)).toEqual([
    { usd_per_month: 'much' },
    { usd_per_month: '30.5' }
  ]);
  expect(asked()).toBeNull();
});

test('a budget is taken away', async () => {
  await start(CommandIDs.setBudget);
  await press('Remove budget');
  expect(sent('budget')).toEqual([['PUT budget', { usd_per_month: null }]]);
});

test('where there is no budget, none can be taken away', async () => {
  report.budget = null;
  await start(CommandIDs.setBudget);
  expect(dialog().textContent).not.toContain('Remove budget');
  await press('Cancel');
  expect(sent('budget')).toEqual([]);
});

test('keeping warm asks with the price, and makes trigger and rule', async () => {
  await start(CommandIDs.keepWarm, { name: 'iris', prices: 'openwhisk' });
  expect(dialog().textContent).toContain('Keep iris warm for $0.96 a month?');
  expect(dialog().textContent).toContain(
    'keep-warm-iris will call the function every 5 minutes with this input.'
  );
  expect(dialog().textContent).toContain('This is the input of the first --test.');
  expect(dialog().textContent).toContain('At the prices of IBM Cloud Functions (2018, closed)');
  await press('Keep warm');
  const [[call, body] = []] = sent('triggers');
  expect(call).toBe('POST triggers');
  expect(body).toMatchObject({ name: 'keep-warm-iris', every: '5m', run: 'iris' });
  const page = sample<{ examples: { params: object }[] }>('function_page');
  expect((body as { params: object }).params).toEqual(page.examples[0]!.params);
});

test('who does not agree makes nothing', async () => {
  await start(CommandIDs.keepWarm, { name: 'iris' });
  await press('Cancel');
  expect(sent('triggers')).toEqual([]);
});

test.each<[string, (cost: IFunctionCost) => IFunctionCost[], RegExp]>([
  ['it was not called', () => [], /^No calls of iris since \w+ \d+ were found/],
  [
    'it is a composition',
    cost => [{ ...cost, kind: 'composition', keep_warm: null }],
    /^Only functions can be kept warm, and iris is a composition\.$/
  ],
  [
    'its memory limit has changed',
    cost => [{ ...cost, memory_mb: null, keep_warm: null }],
    /^The memory limit of iris is unknown or has changed/
  ],
  [
    'the host has no alarms',
    cost => [{ ...cost, keep_warm: null }],
    /^Keeping functions warm requires the alarms package, which Local playground does not have\.$/
  ]
])('why a function cannot be kept warm: %s', async (_, functions, words) => {
  report.functions = functions(report.functions[0]!);
  await start(CommandIDs.keepWarm, { name: 'iris' });
  await settle();
  expect(asked()).toBeNull();
  const [said] = Notification.manager.notifications;
  expect(said!.message.split('\n').pop()).toMatch(words);
  Notification.dismiss();
});

test('without an example, the input is asked for, and a call that must fail is not scheduled', async () => {
  const page = { ...sample<IFunctionPage>('function_page'), examples: [], preset: [] };
  server.answer = request =>
    request.path === 'functions/iris/page' ? [200, page] : answer(request);
  await start(CommandIDs.keepWarm, { name: 'iris' });
  const [first] = page.schema!.required!;
  expect(JSON.parse(dialog().querySelector('textarea')!.value)).toHaveProperty([first!]);
  expect(dialog().textContent).toContain('Replace the example values with your own.');
  await type('{}');
  await press('Keep warm');
  await act(settle);
  expect(dialog().querySelector('[role=alert]')!.textContent).toContain(`iris needs ${first!}`);
  expect(sent('triggers')).toEqual([]);
  await type('{');
  await press('Keep warm');
  await act(settle);
  expect(dialog().querySelector('[role=alert]')!.textContent).toContain('not valid JSON');
  const params = Object.fromEntries(page.schema!.required!.map(name => [name, 2]));
  await type(JSON.stringify(params));
  await press('Keep warm');
  await act(settle);
  expect(sent('triggers')[0]![1]).toMatchObject({ run: 'iris', params });
});

test('without an example, the input of the latest run is proposed', async () => {
  const page = { ...sample<IFunctionPage>('function_page'), examples: [] };
  const input = { params: { sepal_length: 7.5 }, lacking: [] };
  server.answer = request =>
    request.path === 'functions/iris/page'
      ? [200, page]
      : request.path.endsWith('/input')
        ? [200, { input }]
        : answer(request);
  await start(CommandIDs.keepWarm, { name: 'iris' });
  expect(JSON.parse(dialog().querySelector('textarea')!.value)).toEqual(input.params);
  expect(dialog().textContent).toContain('This is the input of the latest successful run.');
  await press('Cancel');
});

test('it is stopped after a question', async () => {
  const [first] = triggers.triggers;
  const name = 'keep-warm-iris';
  const [rule] = first!.rules;
  triggers.triggers = [
    { ...first!, name, rules: [{ ...rule!, trigger: name, action: 'iris', active: true }] }
  ];
  await manager.refresh();
  await start(CommandIDs.stopKeepingWarm, { name: 'iris' });
  expect(dialog().textContent).toContain('The trigger keep-warm-iris and its rule are removed.');
  await press('Stop');
  expect(sent('triggers')).toEqual([['DELETE triggers/keep-warm-iris', '']]);
});
