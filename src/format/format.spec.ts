import * as format from './format';

test.each([
  [0, '0 ms'],
  [212, '212 ms'],
  [999, '999 ms'],
  [1000, '1.000 s'],
  [1603, '1.603 s'],
  [9999, '9.999 s'],
  [10_000, '10.00 s'],
  [49_090, '49.09 s'],
  [null, '—']
])('duration of %p ms is %p', (ms, words) => {
  expect(format.duration(ms)).toBe(words);
});

test.each([
  [12, 'about 12 ms'],
  [312, 'about 0.3 s'],
  [49_090, 'about 49 s']
])('a forecast of %p ms is %p', (ms, words) => {
  expect(format.about(ms)).toBe(words);
});

test.each([
  [412, '412 B'],
  [62_792, '61.3 kB'],
  [1_992_294, '1.9 MB'],
  [50_331_648, '48.0 MB']
])('%p bytes are %p', (bytes, words) => {
  expect(format.size(bytes)).toBe(words);
});

test.each([
  ['0.0.2', 'v2'],
  ['0.0.13', 'v13'],
  ['1.2.3', 'v1.2.3']
])('version %p is %p', (text, words) => {
  expect(format.version(text)).toBe(words);
});

test.each([
  [0, 'now', 'just now', 'Just now'],
  [12_000, '12 s', '12 seconds ago', 'Just now'],
  [60_000, '1 m', '1 minute ago', 'Last 5 minutes'],
  [9 * 60_000, '9 m', '9 minutes ago', 'Last hour'],
  [3 * 3_600_000, '3 h', '3 hours ago', 'Last 24 hours'],
  [4 * 86_400_000, '4 d', '4 days ago', 'Earlier']
])('%p ms ago is %p, %p, under %p', (ago, short, words, group) => {
  const now = 1_795_566_000_000;
  expect(format.age(now - ago, now)).toBe(short);
  expect(format.ageInWords(now - ago, now)).toBe(words);
  expect(format.ageGroup(now - ago, now)).toBe(group);
});

test('a time that this clock has not reached yet is now', () => {
  expect(format.age(2000, 1000)).toBe('now');
});

test.each([
  [0.0052, '0.5%'],
  [0.82, '82.0%'],
  [0.0004, '<0.1%'],
  [0, '0.0%']
])('a share of %p is %p', (part, words) => {
  expect(format.share(part)).toBe(words);
});

test.each([
  ['89621.7', '89,622'],
  ['3.25', '3.25'],
  ['0.0049', '<0.01'],
  ['0', '0.00']
])('%p GB-s are %p', (amount, words) => {
  expect(format.gbSeconds(amount)).toBe(words);
});

test('memory has a thousands separator', () => {
  expect(format.memory(3891)).toBe('3,891 MB');
});

test('a log line is taken apart, and one in no known form stays whole', () => {
  expect(format.logLine('2026-11-24T22:36:23.189364123Z stdout: hi: there')).toEqual({
    time: '2026-11-24T22:36:23.189364123Z',
    stream: 'stdout',
    words: 'hi: there'
  });
  expect(format.logLine('The log was cut.').words).toBe('The log was cut.');
});

test('the host of an API host has neither scheme nor path', () => {
  expect(format.hostOf('https://openwhisk.lab.example:8443/api')).toBe(
    'openwhisk.lab.example:8443'
  );
});

test('a message has versions and times as the sidebar shows them', () => {
  const time = new Date(2026, 10, 24, 21, 31).getTime();
  const parts = ['iris is now ', { version: '0.0.2' }, ' (', { time }, ').'];
  expect(format.localMessage(parts)).toBe('iris is now v2 (Nov 24, 9:31 PM).');
  expect(format.localMessage(['No version.'])).toBe('No version.');
});
