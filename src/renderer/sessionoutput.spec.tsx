import React from 'react';

import type { ISession } from '../api/session';
import { render } from '../testing/render';
import { sample } from '../testing/sampledata';
import { SessionOutput } from './sessionoutput';

test('a session in a notebook has its figures, its graph and a way to its document', async () => {
  const session = sample<ISession>('session');
  const open = jest.fn();
  const { node, button, click } = render(<SessionOutput session={session} open={open} />);
  expect(node.textContent).toContain('760 ms including waiting$6.38 per million2 calls');
  expect(node.querySelector('.jp-FaasFlow')).not.toBeNull();
  await click(button('Open the session of asset_created'));
  expect(open).toHaveBeenCalledWith(session.id);
});
