import { sumText } from './money';

test.each([
  [['0.425', '2.55', '0.425', '1.7', '1.275'], '$6.38'],
  [['3171.6974853515625', '12.75'], '$3,184.45'],
  [['0.005'], '<$0.01'],
  [['0.005', '0.005'], '$0.01'],
  [['0'], '$0.00'],
  [['1234567.895'], '$1,234,567.90'],
  [['0.425', null], '$0.43'],
  [[null], null],
  [[], null]
])('%j together are %j', (amounts, text) => {
  expect(sumText(amounts)).toBe(text);
});

test.each([['1e-7'], ['-1'], ['$1'], ['']])('%j is no amount', amount => {
  expect(() => sumText([amount])).toThrow('no amount of money');
});
