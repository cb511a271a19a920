import React from 'react';

import type { IStatus } from '../../api/types';
import { FaasManager } from '../../state/manager';
import { render, type IRendered } from '../../testing/render';
import { sample } from '../../testing/sampledata';
import { FakeServer, refusal, type Answer } from '../../testing/server';
import { TargetLine } from './body';
import { ConditionMessage } from './conditionmessage';

const status = sample<IStatus>('status');
const actions = {
  checkAgain: jest.fn(),
  startPlayground: jest.fn(),
  useTarget: jest.fn(),
  addTarget: jest.fn(),
  copy: jest.fn()
};

/** Answers that about its target, and holds nothing. */
function serverWith(answer: Answer): FakeServer {
  return new FakeServer(({ path }) =>
    path === 'status' ? answer : [200, { functions: [], activations: [], as_of: 0 }]
  );
}

async function drawn(answer: Answer): Promise<IRendered> {
  const server = serverWith(answer);
  const manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  await manager.refresh();
  const rendered = render(<ConditionMessage manager={manager} actions={actions} />);
  manager.dispose();
  return rendered;
}

function targetThatIs(state: string, message = '', hint = ''): Answer {
  const target = { ...status.targets[1], state, message, hint };
  return [200, { ...status, target }];
}

test('a target out of reach: what happened, what still works, what to do', async () => {
  const words = 'No response from openwhisk.lab.example after 5 s, 3 tries.';
  const { node, button, click } = await drawn(targetThatIs('unreachable', words, 'Check the VPN.'));
  expect(node.textContent).toContain('Cannot reach openwhisk.lab.example');
  expect(node.textContent).toContain(`${words} You can still run cells, and deploy them when`);
  expect(node.textContent).toContain('Check the VPN.');
  expect([...node.querySelectorAll('button')].map(one => one.textContent)).toEqual([
    'Try again',
    'Use Local playground'
  ]);
  await click(button('Use Local playground'));
  expect(actions.useTarget).toHaveBeenCalledWith('playground');
});

test('without a message the host is named', async () => {
  const { node } = await drawn(targetThatIs('unreachable'));
  expect(node.textContent).toContain('No response from openwhisk.lab.example.');
});

test('a refused key is no lost host', async () => {
  const { node } = await drawn(targetThatIs('unauthorized', 'The key is not accepted.'));
  expect(node.textContent).toContain('openwhisk.lab.example refuses the key');
  expect(node.textContent).toContain('deploy them when the target accepts the key.');
});

test('a message of the host without a full stop is still a sentence', async () => {
  const { node } = await drawn(targetThatIs('unauthorized', 'The supplied key is invalid'));
  expect(node.textContent).toContain('The supplied key is invalid. You can still run cells');
});

test('a target that is not configured on this machine can be added', async () => {
  const target = { ...status.targets[1]!, state: 'unreachable', apihost: '', label: 'moon' };
  const { node, button, click } = await drawn([200, { ...status, target }]);
  expect(node.textContent).toContain('moon is not configured');
  await click(button('Add moon…'));
  expect(actions.addTarget).toHaveBeenCalledWith(target.name);
});

test('a stopped playground is started with one button', async () => {
  const { button, click } = await drawn([
    200,
    { ...status, target: { ...status.target, state: 'stopped' } }
  ]);
  await click(button('Start the playground'));
  expect(actions.startPlayground).toHaveBeenCalledTimes(1);
});

test('without the server half the command can be copied', async () => {
  const { node, button, click } = await drawn([404, '']);
  expect(node.textContent).toContain('The server extension is not loaded');
  await click(button('Copy command'));
  expect(actions.copy).toHaveBeenCalledWith('jupyter server extension enable jupyter_faas');
  await click(button('Check again'));
  expect(actions.checkAgain).toHaveBeenCalledTimes(1);
});

test('a broken server half is shown with its words', async () => {
  const { node } = await drawn([500, refusal('internal_error', 'The extension failed.')]);
  expect(node.textContent).toContain('The extension failed.');
});

test('when the target answers there is no message', async () => {
  const { node } = await drawn([200, status]);
  expect(node.textContent).toBe('');
});

test('a target whose certificate is not checked is called insecure', async () => {
  const target = { ...status.targets[1]!, state: 'reachable', insecure: true };
  const server = serverWith([200, { ...status, target }]);
  const manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  await manager.refresh();
  const lineActions = { ...actions, refresh: jest.fn(), menu: jest.fn() };
  const { node } = render(<TargetLine manager={manager} actions={lineActions} />);
  manager.dispose();
  const button = node.querySelector('.jp-FaasTarget-button')!;
  expect(button.getAttribute('aria-label')).toBe('Target: openwhisk.lab.example, insecure');
  expect(button.textContent).toContain('insecure');
});
