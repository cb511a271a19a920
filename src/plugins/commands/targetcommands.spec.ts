import { Dialog, Notification } from '@jupyterlab/apputils';
import { CommandRegistry } from '@lumino/commands';
import { act } from 'react';

import type { IErrorBody } from '../../api/errors';
import type { IProfileList, ITargetCheck } from '../../api/targets';
import type { IStatus } from '../../api/types';
import { CommandIDs } from '../../commands';
import { FaasManager } from '../../state/manager';
import { settle } from '../../testing/kernel';
import { sample } from '../../testing/sampledata';
import { FakeServer, type Answer, type IRequest } from '../../testing/server';
import type { IFunctionNotebooks } from '../../tokens';
import { addTargetCommands } from './targetcommands';

const setTarget = jest.fn();
const current: { target: string | null; setTarget: jest.Mock } = { target: null, setTarget };

let commands: CommandRegistry;
let manager: FaasManager;
let server: FakeServer;
let refused: Partial<IErrorBody> | null;
let notebooks: { current: typeof current | null };

function answer({ method, path }: IRequest): Answer {
  if (path === 'targets/profiles') {
    return [200, sample<IProfileList>('profiles')];
  }
  if (path === 'targets' && method === 'POST') {
    return refused === null
      ? [201, sample<ITargetCheck>('target_check')]
      : [400, { error: { code: 'field_rejected', hint: '', ...refused } }];
  }
  if (path === 'status') {
    const status = sample<IStatus>('status');
    status.targets.push({ ...status.targets[1]!, name: 'lab', label: 'lab' });
    return [200, status];
  }
  return [200, { functions: [], activations: [], triggers: [], as_of: 0 }];
}

function sent(): Record<string, unknown>[] {
  return server.requests
    .filter(one => one.method === 'POST' && one.path === 'targets')
    .map(one => JSON.parse(one.body) as Record<string, unknown>);
}

function asked(): HTMLElement | null {
  return document.querySelector<HTMLElement>('.jp-Dialog');
}

/** Return the field with a visible label. */
function field(label: string): HTMLInputElement | HTMLSelectElement {
  const found = [...asked()!.querySelectorAll('label')].find(one => one.textContent === label);
  return document.getElementById(found!.htmlFor) as HTMLInputElement;
}

async function fill(label: string, text: string): Promise<void> {
  const input = field(label);
  const prototype = Object.getPrototypeOf(input) as object;
  await act(async () => {
    Object.getOwnPropertyDescriptor(prototype, 'value')!.set!.call(input, text);
    input.dispatchEvent(
      new Event(input instanceof HTMLSelectElement ? 'change' : 'input', { bubbles: true })
    );
    await settle();
  });
}

/** Press a button of the dialog, and wait for the next dialog or the end. */
async function press(label: string): Promise<void> {
  const before = asked();
  await act(async () => {
    [...before!.querySelectorAll('button')].find(one => one.textContent === label)!.click();
    for (let round = 0; round < 20 && (asked() === before || asked() === null); round++) {
      await settle();
    }
  });
}

async function start(): Promise<void> {
  await act(async () => {
    void commands.execute(CommandIDs.addTarget);
    for (let round = 0; round < 20 && asked() === null; round++) {
      await settle();
    }
  });
}

beforeEach(async () => {
  refused = null;
  notebooks = { current };
  setTarget.mockClear();
  server = new FakeServer(answer);
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  commands = new CommandRegistry();
  addTargetCommands({
    commands,
    manager,
    notebooks: notebooks as unknown as IFunctionNotebooks
  });
  await manager.refresh();
});

afterEach(() => {
  act(() => Dialog.flush());
  Notification.manager.dismiss();
  manager.dispose();
});

test('the form starts with the tool that has a key, and a target is used once it is added', async () => {
  await start();
  expect(field('Type of host').value).toBe('digitalocean');
  expect(field('Key').value).toBe('tool');
  expect(asked()!.textContent).toContain('The key stays in the file that doctl wrote.');
  await fill('Name', 'lab');
  await fill('Account', '1a2b3c4d');
  await press('Add target');
  expect(sent()).toEqual([
    {
      name: 'lab',
      profile: 'digitalocean',
      source: 'tool',
      apihost: '',
      variable: '',
      key: '',
      account: '1a2b3c4d',
      namespace: '',
      ca: '',
      model_store: '',
      model_store_url: '',
      force: false
    }
  ]);
  const [said] = Notification.manager.notifications;
  expect(said!.message).toBe('lab responds: namespace produ, python 3.10 3.11, 256-512 MB');
  expect(setTarget).toHaveBeenCalledWith('lab');
});

test('labels are titles in the palette and sentences in the menu', () => {
  const ids = [CommandIDs.addTarget, CommandIDs.startPlayground, CommandIDs.stopPlayground];
  expect(ids.map(id => commands.label(id))).toEqual([
    'Add a Target…',
    'Start the Playground',
    'Stop the Playground'
  ]);
  expect(ids.map(id => commands.label(id, { menu: true }))).toEqual([
    'Add a target…',
    'Start the playground',
    'Stop the playground'
  ]);
});

test('stopping the playground names the runs that it ended', async () => {
  const warn = jest.spyOn(Notification, 'warning');
  const ended = Array.from({ length: 7 }, (_, n) => ({ name: 'slow', activation_id: `a${n}` }));
  const before = server.answer;
  server.answer = request =>
    request.path === 'playground'
      ? [200, { ...sample<IStatus>('status'), ended }]
      : before(request);
  await commands.execute(CommandIDs.stopPlayground);
  const [words] = warn.mock.calls[0]!;
  expect(words).toBe(
    'Ended 7 runs: slow (a0), slow (a1), slow (a2) and 4 more. They may already have had effects.'
  );
  warn.mockRestore();
});

test('the form begins with the name of a target that is missing', async () => {
  await act(async () => {
    void commands.execute(CommandIDs.addTarget, { name: 'moon' });
    for (let round = 0; round < 20 && asked() === null; round++) {
      await settle();
    }
  });
  expect(field('Name').value).toBe('moon');
});

test('the list of targets has a label, and the chosen one is used', async () => {
  await act(async () => {
    void commands.execute(CommandIDs.useTarget);
    for (let round = 0; round < 20 && asked() === null; round++) {
      await settle();
    }
  });
  const list = field('Target') as HTMLSelectElement;
  const lab = [...list.options].find(one => one.text === 'lab')!;
  await fill('Target', lab.value);
  await press('Choose');
  expect(setTarget).toHaveBeenCalledWith('lab');
});

test('without a notebook the default target stays', async () => {
  notebooks.current = null;
  await start();
  await fill('Name', 'lab');
  await press('Add target');
  expect(server.log).not.toContain('PUT target');
  expect(setTarget).not.toHaveBeenCalled();
});

test('a tool without a key says how to log in', async () => {
  await start();
  await fill('Type of host', 'openserverless');
  expect(asked()!.textContent).toContain(
    'ops has no key on the Jupyter server. Log in there first: ops -login HOST USER'
  );
});

test('after an error the form has what was typed, with the error at its field', async () => {
  refused = {
    message: 'This is not a valid key.',
    hint: 'A key looks like uuid:key.',
    field: 'key'
  };
  await start();
  await fill('Name', 'lab');
  await fill('Key', 'typed');
  await fill('API host', 'https://lab.example');
  await fill('API key', 'abc');
  expect((field('API key') as HTMLInputElement).type).toBe('password');
  await press('Add target');
  expect(field('Name').value).toBe('lab');
  expect(field('API host').value).toBe('https://lab.example');
  const key = field('API key');
  expect(key.getAttribute('aria-invalid')).toBe('true');
  const note = document.getElementById(key.getAttribute('aria-describedby')!)!;
  expect(note.textContent).toBe('This is not a valid key.A key looks like uuid:key.');
  expect(asked()!.querySelectorAll('[role=alert]')).toHaveLength(1);
  // Only a target that was asked can be added in spite of its answer.
  expect(asked()!.textContent).not.toContain('Add anyway');
  await press('Cancel');
  expect(sent()).toHaveLength(1);
});

test('a host that does not answer can be added anyway', async () => {
  refused = { code: 'target_test_failed', message: 'No answer.', field: 'apihost' };
  await start();
  await fill('Name', 'lab');
  await fill('Key', 'variable');
  await fill('Variable', 'CLOUD_AUTH');
  await press('Add target');
  expect(field('API host').getAttribute('aria-invalid')).toBe('true');
  refused = null;
  await press('Add anyway');
  expect(sent().map(one => one.force)).toEqual([false, true]);
});

test('seldom needed settings are behind a disclosure, which an error among them opens', async () => {
  await start();
  expect(asked()!.textContent).not.toContain('Namespace');
  await act(async () => {
    asked()!.querySelector<HTMLElement>('.jp-FaasDisclosure-head')!.click();
  });
  await fill('Name', 'lab');
  await fill('Model store', 'models');
  await fill('Namespace', 'team');
  refused = { message: 'The model store must be a URL.', field: 'model_store' };
  await press('Add target');
  expect(field('Model store').getAttribute('aria-invalid')).toBe('true');
  expect(field('Namespace').value).toBe('team');
  expect(sent()[0]).toMatchObject({ namespace: 'team', model_store: 'models' });
});

test('the accounts of a tool are chosen by namespace, and only where it has several', async () => {
  await start();
  expect([...(field('Account') as HTMLSelectElement).options].map(one => one.text)).toEqual([
    'Choose an account',
    'fn-5f3759df-0000-4000-8000-000000000001 on faas-nyc1.doserverless.example',
    'fn-5f3759df-0000-4000-8000-000000000002 on faas-ams3.doserverless.example'
  ]);
  await fill('Type of host', 'openserverless');
  expect(asked()!.textContent).not.toContain('Account');
});

test('an error about no field is shown above the form', async () => {
  refused = { code: 'internal_error', message: 'The server extension failed.' };
  await start();
  await press('Add target');
  expect(asked()!.querySelector('[role=alert]')!.textContent).toBe('The server extension failed.');
});
