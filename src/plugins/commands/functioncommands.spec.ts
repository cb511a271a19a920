import { Notification } from '@jupyterlab/apputils';
import { CommandRegistry } from '@lumino/commands';
import { act } from 'react';

import { CommandIDs } from '../../commands';
import { FaasManager } from '../../state/manager';
import { settle } from '../../testing/kernel';
import { sample } from '../../testing/sampledata';
import { FakeServer } from '../../testing/server';
import type { IFunctionNotebooks } from '../../tokens';
import { addFunctionCommands } from './functioncommands';

const WARNING = 'The rule every5-iris is left.';

let manager: FaasManager;
let commands: CommandRegistry;

beforeEach(async () => {
  const server = new FakeServer(({ method, path }) =>
    method === 'DELETE'
      ? [200, { warning: WARNING, versions: ['iris-shadow'] }]
      : [200, sample(path)]
  );
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  commands = new CommandRegistry();
  const notebooks = { current: null } as unknown as IFunctionNotebooks;
  addFunctionCommands({ commands, manager, notebooks });
  await manager.refresh();
});

afterEach(() => manager.dispose());

test('what a removal leaves behind is shown', async () => {
  const warn = jest.spyOn(Notification, 'warning');
  await act(async () => {
    const done = commands.execute(CommandIDs.removeFunction, { name: 'iris' });
    await settle();
    document.querySelector<HTMLElement>('.jp-Dialog .jp-mod-warn')!.click();
    await done;
  });
  expect(warn.mock.calls.map(([words]) => words)).toEqual([WARNING]);
  warn.mockRestore();
});
