import React from 'react';

import type { IActivation, IFailure } from '../../api/types';
import { render } from '../../testing/render';
import { sample } from '../../testing/sampledata';
import { ActivationView } from './activationview';

const warm = sample<IActivation>('activation');

test('a run shows its result and one line on how it went', () => {
  const { node } = render(<ActivationView activation={warm} />);
  expect(node.querySelector('pre')?.textContent).toBe('{"species": "setosa", "confidence": 0.98}');
  expect(node.querySelector('.jp-FaasStatus')?.textContent).toBe(
    'Succeeded3 mswarmwait4 ms$0.43/ millionc41e09ab'
  );
});

test('a cold start says so, with its init time', () => {
  const cold = { ...warm, cold: true, init_ms: 46_880 };
  const { node } = render(<ActivationView activation={cold} />);
  expect(node.textContent).toContain('coldinit46.88 s');
});

test('the name of an exception stands out, and its words stay whole', () => {
  const result = { error: 'ValueError: text is empty\n  sentiment, line 3' };
  const failed = { ...warm, ok: false, status: 'application error', result };
  const { node } = render(<ActivationView activation={failed} />);
  expect(node.querySelector('.jp-FaasJson-error')?.textContent).toBe('ValueError');
  expect(node.querySelector('pre')?.textContent).toBe(result.error);
  expect(node.textContent).toContain('Failedapplication error');
});

test('an error that is a sentence is no exception', () => {
  const result = { error: 'The action exceeded its time limits: 60 s.' };
  const { node } = render(<ActivationView activation={{ ...warm, ok: false, result }} />);
  expect(node.querySelector('.jp-FaasJson-error')).toBeNull();
});

test('a failure that the result does not explain has its cause and its cure', () => {
  const result = { error: 'command exited' };
  const advice = ['The process ended, most likely because it needed more memory.'];
  const { node } = render(<ActivationView activation={{ ...warm, ok: false, result, advice }} />);
  expect(node.textContent).toContain(advice[0]);
});

test('what an action returned or printed is text, whatever is in it', () => {
  const evil = '<img src=x onerror="alert(1)"><script>alert(1)</script>';
  const { node } = render(
    <ActivationView
      activation={{ ...warm, ok: false, result: { [evil]: evil }, logs: [`t stdout: ${evil}`] }}
    />
  );
  expect(node.querySelector('img, script')).toBeNull();
  expect(node.textContent).toContain(`"${evil.replace(/"/g, '\\"')}"`);
  expect(node.querySelector('.jp-FaasLogs')?.textContent).toBe(evil);
});

test('logs unfold, and those of a failure are unfolded', async () => {
  const { node, button, click } = render(<ActivationView activation={warm} />);
  expect(node.querySelector('.jp-FaasLogs')).toBeNull();
  await click(button('1 log line'));
  expect(node.querySelector('.jp-FaasLogs')?.textContent).toBe('hi');
  const failed = render(<ActivationView activation={{ ...warm, ok: false }} />);
  expect(failed.node.querySelector('.jp-FaasLogs')).not.toBeNull();
});

test('of very long logs the first thousand lines are drawn', () => {
  const logs = Array.from({ length: 2500 }, (_, index) => `t stdout: ${index}`);
  const { node } = render(<ActivationView activation={{ ...warm, ok: false, logs }} />);
  expect(node.querySelectorAll('.jp-FaasLogs > div')).toHaveLength(1001);
  expect(node.textContent).toContain('1,500 more lines');
});

test('a plain click on the id stays here, one with a modifier goes to the page', async () => {
  const open = jest.fn();
  const { node, click } = render(
    <ActivationView activation={warm} link={{ href: '/faas/activations/1', open }} />
  );
  const link = node.querySelector('a')!;
  await click(link);
  expect(open).toHaveBeenCalledTimes(1);
  link.addEventListener('click', event => {
    event.preventDefault();
  });
  link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ctrlKey: true }));
  expect(open).toHaveBeenCalledTimes(1);
});

const session: IActivation = {
  ...warm,
  kind: 'sequence',
  children: true,
  composition: true,
  calls: 5,
  logs: ['0'.repeat(32), '1'.repeat(32)]
};

test('of a session its document can be opened, and the ids of its parts are no logs', async () => {
  const open = jest.fn();
  const { node, button, click } = render(<ActivationView activation={session} link={{ open }} />);
  expect(node.querySelector('.jp-FaasStatus')?.textContent).toContain('composition');
  expect(node.textContent).toContain('Session of 5 calls');
  expect(node.querySelector('.jp-FaasLogs')).toBeNull();
  expect(node.textContent).not.toContain('log line');
  await click(button('Open the session of iris'));
  expect(open).toHaveBeenCalledTimes(1);
});

test('where no session can be opened the command is told', () => {
  const { node } = render(<ActivationView activation={{ ...session, calls: undefined }} />);
  expect(node.querySelector('.jp-FaasActivation-session')?.textContent).toBe(
    `Session%faas session ${session.id}`
  );
});

test('what else stands in the logs of a session is shown', () => {
  const logs = [...session.logs, 'The logs were cut.'];
  const { node } = render(<ActivationView activation={{ ...session, ok: false, logs }} />);
  expect(node.querySelector('.jp-FaasLogs')?.textContent).toBe('The logs were cut.');
});

const FAILURE: IFailure = {
  type: 'ValueError',
  message: '<b>3</b> is odd',
  where: {
    file: 'function.py',
    line: 5,
    function: 'halve',
    code: 'raise ValueError(text)',
    in_cell: true
  },
  traceback: ['Traceback (most recent call last):', '  File "function.py", line 5, in halve'],
  logged: [1, 3]
};

test('a failed run opens on its exception and the line, which a click shows', async () => {
  const openLine = jest.fn();
  const logs = ['t stdout: hi', 't stderr: Traceback', 't stderr: frames', 't stdout: bye'];
  const failed = { ...warm, ok: false, result: { error: '3 is odd' }, failure: FAILURE, logs };
  const { node, button, click } = render(
    <ActivationView activation={failed} link={{ openLine }} />
  );
  expect(node.querySelector('pre')?.textContent).toBe('ValueError: <b>3</b> is odd');
  expect(node.querySelector('.jp-FaasFailure-line code')?.textContent).toBe(
    'raise ValueError(text)'
  );
  await click(button('Line 5 of the cell'));
  expect(openLine).toHaveBeenCalledWith(FAILURE.where);
  expect(node.querySelector('.jp-FaasLogs')?.textContent).toBe('hibye');
  await click(button('Traceback'));
  expect(node.querySelector('.jp-FaasFailure-traceback')?.textContent).toBe(
    FAILURE.traceback.join('\n')
  );
});

test('the line of a cell that the kernel knows has the number of the cell', () => {
  const where = { ...FAILURE.where!, in_cell: false, file: 'captured.py', cell: 4, cell_line: 2 };
  const failed = { ...warm, ok: false, failure: { ...FAILURE, where } };
  const { node } = render(<ActivationView activation={failed} />);
  expect(node.querySelector('.jp-FaasFailure-line')?.textContent).toContain('Cell [4], line 2');
  expect(node.querySelector('.jp-FaasLinkButton')).toBeNull();
});
