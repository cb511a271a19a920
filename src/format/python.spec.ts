import { callText, pythonText } from './python';

test('a call has its parameters as Python', () => {
  expect(
    callText('shop/halve', { n: 3, deep: { on: true, off: [null, false, 'it\'s "x"'] } })
  ).toBe(
    'params = {\n    "n": 3,\n    "deep": {"on": True, "off": [None, False, "it\'s \\"x\\""]},\n}\nhalve(**params)'
  );
  expect(callText('now', {})).toBe('params = {}\nnow(**params)');
  expect(pythonText('ä\n')).toBe('"ä\\n"');
});
