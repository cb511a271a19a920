import { CommandRegistry } from '@lumino/commands';

import { CommandIDs } from '../../commands';
import { FaasManager } from '../../state/manager';
import { sample } from '../../testing/sampledata';
import { FakeServer, type Answer, type IRequest } from '../../testing/server';
import { openFunctionMenu } from '../menus';
import { addTriggerCommands } from './triggercommands';

function answer({ path }: IRequest): Answer {
  return [200, path.includes('/') ? { runs: [], paused: [], activation: 'x' } : sample(path)];
}

let server: FakeServer;
let manager: FaasManager;
let commands: CommandRegistry;

beforeEach(async () => {
  server = new FakeServer(answer);
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  commands = new CommandRegistry();
  addTriggerCommands(commands, manager);
  await manager.refresh();
});

afterEach(() => manager.dispose());

const IRIS = { name: 'iris', rule: 'every5-iris' };
const HELLO = { name: 'hello', rule: 'nightly-hello' };

test('what runs can be fired and paused', () => {
  expect(commands.label(CommandIDs.fireTrigger, IRIS)).toBe('Fire every5 now');
  expect(commands.isEnabled(CommandIDs.fireTrigger, IRIS)).toBe(true);
  expect(commands.isVisible(CommandIDs.pauseRule, IRIS)).toBe(true);
  expect(commands.isVisible(CommandIDs.resumeRule, IRIS)).toBe(false);
});

test('what is paused can be resumed, and would run nothing', () => {
  expect(commands.label(CommandIDs.resumeRule, HELLO)).toBe('Resume nightly');
  expect(commands.isVisible(CommandIDs.resumeRule, HELLO)).toBe(true);
  expect(commands.isVisible(CommandIDs.pauseRule, HELLO)).toBe(false);
  expect(commands.isEnabled(CommandIDs.fireTrigger, HELLO)).toBe(false);
});

test.each([
  [CommandIDs.fireTrigger, IRIS, 'POST triggers/every5/firings'],
  [CommandIDs.pauseRule, IRIS, 'POST rules/every5-iris'],
  [CommandIDs.resumeRule, HELLO, 'POST rules/nightly-hello']
])('%s asks for it', async (command, args, request) => {
  await commands.execute(command, args);
  expect(server.log).toContain(request);
});

test('a rule that is gone is not asked for', async () => {
  await commands.execute(CommandIDs.pauseRule, { name: 'iris', rule: 'gone' });
  expect(server.log.filter(line => line.startsWith('POST'))).toEqual([]);
});

test('the menu of a function has what its triggers can', () => {
  const menu = openFunctionMenu(commands, manager, 'iris', document.body);
  expect(menu.items.filter(item => item.type === 'command').map(item => item.label)).toEqual([
    'Fire every5 now',
    'Pause every5',
    'Fire uploaded now',
    'Pause uploaded'
  ]);
  menu.dispose();
});
