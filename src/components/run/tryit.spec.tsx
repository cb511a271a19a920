import React, { act } from 'react';

import { render } from '../../testing/render';
import { TryIt } from './tryit';

afterEach(() => {
  jest.useRealTimers();
});

test('a long call counts its seconds, and can be given up', async () => {
  jest.useFakeTimers();
  const message = 'Cancelled: slow, activation 1.';
  const cancel = jest.fn().mockResolvedValue({ message });
  const begun = Date.now();
  const { node, button, click } = render(
    <TryIt name="slow" schema={null} invoke={() => new Promise(() => undefined)} cancel={cancel} />
  );
  await click(button('Invoke slow'));
  await act(async () => {
    jest.advanceTimersByTime(3000);
  });
  expect(node.querySelector('.jp-FaasTryIt-waiting')?.textContent).toBe('Running for 3 sCancel');
  await click(button('Cancel'));
  expect(cancel).toHaveBeenCalledWith(begun);
  expect(node.textContent).toContain(message);
  expect(node.querySelector('.jp-FaasTryIt-waiting')).toBeNull();
});
