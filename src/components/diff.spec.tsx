import React from 'react';

import type { IDiff } from '../api/history';
import { render } from '../testing/render';
import { sample } from '../testing/sampledata';
import { Diff } from './diff';

test('each part has its name, its counts and its lines as text', () => {
  const diff = sample<IDiff>('diff');
  diff.parts[0]!.lines.push('+<b>bold</b>');
  const { node } = render(<Diff diff={diff} />);
  expect([...node.querySelectorAll('section')].map(one => one.getAttribute('aria-label'))).toEqual([
    'function.py: 1 added, 1 removed',
    'limits: 1 added, 1 removed'
  ]);
  const added = [...node.querySelectorAll('.jp-mod-added')].map(one => one.textContent);
  expect(added).toEqual(['+    return {"species": str(p)}', '+<b>bold</b>', '+memory: 512 MB']);
  expect(node.querySelectorAll('.jp-mod-removed')).toHaveLength(2);
  expect(node.querySelector('b')).toBeNull();
});
