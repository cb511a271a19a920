import React from 'react';

import { FaasManager } from '../state/manager';
import { settle } from '../testing/kernel';
import { render } from '../testing/render';
import { sample } from '../testing/sampledata';
import { FakeServer, refusal, type Answer } from '../testing/server';
import { ErrorView } from './errorview';

const PROBLEM = { message: 'No action iris.', hint: 'Deploy it.' };

let status: Answer;
let server: FakeServer;
let manager: FaasManager;
const model = { refresh: jest.fn().mockResolvedValue(undefined) };
const startPlayground = jest.fn();

function stopped(): Answer {
  const told = sample<{ target: object }>('status');
  return [200, { ...told, target: { ...told.target, state: 'stopped' } }];
}

function trouble(problem: typeof PROBLEM | null, title?: string): React.ReactElement {
  return (
    <ErrorView
      model={model}
      manager={manager}
      problem={problem}
      title={title}
      startPlayground={startPlayground}
    >
      What is kept is kept.
    </ErrorView>
  );
}

beforeEach(async () => {
  jest.clearAllMocks();
  status = [200, sample('status')];
  server = new FakeServer(({ path }) => (path === 'status' ? status : [200, sample(path)]));
  manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  await manager.refresh();
});

afterEach(() => manager.dispose());

test('where all is well there is nothing', () => {
  expect(render(trouble(null)).node.textContent).toBe('');
});

test.each([null, PROBLEM])('a stopped playground is started from here (%j)', async problem => {
  status = stopped();
  await manager.refresh();
  const { node, click, button } = render(trouble(problem));
  expect(node.textContent).toBe(
    'The playground is stoppedWhat is kept is kept.Start the playground'
  );
  await click(button('Start the playground'));
  expect(startPlayground).toHaveBeenCalled();
});

test('a refusal is told in its own words, and asked once more', async () => {
  const { node, click, button } = render(trouble(PROBLEM));
  expect(node.textContent).toBe('No action iris.Deploy it.Try again');
  await click(button('Try again'));
  await settle();
  expect(model.refresh).toHaveBeenCalled();
});

test('what there is no answer to may be said first', () => {
  const { node } = render(trouble(PROBLEM, 'No sums'));
  expect(node.textContent).toBe('No sumsNo action iris. Deploy it.Try again');
});

test('who is refused learns that the playground has stopped meanwhile', async () => {
  status = stopped();
  const { node, update } = render(trouble(PROBLEM));
  expect(node.textContent).toContain('No action iris.');
  await settle();
  update(trouble(PROBLEM));
  expect(node.textContent).toContain('The playground is stopped');
});

test('a target out of reach is told with its words', async () => {
  status = [502, refusal('target_not_reachable', 'No answer from the host.')];
  await manager.refresh();
  const { node } = render(trouble(null));
  expect(node.textContent).toContain('Cannot reach');
  expect(node.textContent).toContain('No answer from the host.');
});
