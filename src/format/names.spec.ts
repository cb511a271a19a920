import names from '../../tests/data/api/action_names.json';

import { nameOnTarget, shownName } from './names';

test.each(names)('$written becomes $action', ({ written, action }) => {
  expect(nameOnTarget(written)).toBe(action);
});

test.each(names)('$action is shown as $shown', ({ action, shown }) => {
  expect(shownName(action)).toBe(shown);
});

test.each(['xn--', 'xn--!!', 'xn-small'])('%p is not an encoded name', name => {
  expect(shownName(name)).toBe(name);
});
