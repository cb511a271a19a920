import type { ISession } from '../../api/session';
import { assetCreated, named, START } from '../../testing/sessions';
import { annotationText } from './tabs/annotationstab';
import {
  ALL,
  CALLS_ONLY,
  callLineCount,
  logChoices,
  logText,
  linesOf,
  matchingLines
} from './tabs/loglines';
import { callsText, clockSeconds, dayText, headerFacts, liveText, startedSentence } from './text';

const session = assetCreated();
const DAY = 86_400_000;

test('the head says when it started, what it is and what it did', () => {
  expect(headerFacts(session, START + 60_000)).toEqual([
    `Started today at ${clockSeconds(START)}`,
    'composition v4',
    '6 calls, 1 retried',
    `ended ${clockSeconds(START + 50_884)}`
  ]);
  expect(startedSentence(session, START)).toBe(
    `This activation started today at ${clockSeconds(START)}`
  );
});

test('of a function, its version and memory', () => {
  const plain: ISession = { ...session, kind: 'function', version: '0.0.2' };
  expect(headerFacts(plain, START).slice(1)).toEqual(['v2', '512 MB']);
});

test('of a trigger, that it is one', () => {
  const { activation } = session;
  const fired: ISession = {
    ...session,
    kind: 'function',
    version: '0.0.1',
    activation: { ...activation, kind: null, end: null, duration_ms: null, memory_mb: null }
  };
  expect(headerFacts(fired, START).slice(1)).toEqual(['trigger v1']);
});

test('days have their names', () => {
  expect(dayText(START, START + DAY)).toBe('yesterday');
  expect(dayText(START, START + 3 * DAY)).toMatch(/^on .*2026/);
});

test('failures that were not tried again are counted', () => {
  expect(callsText({ ...session, calls: 1, retried: 0, failed: 0 })).toBe('1 call');
  expect(callsText({ ...session, calls: 1200, failed: 3 })).toBe(
    '1,200 calls, 1 retried, 3 failed'
  );
});

test('a screen reader hears how it goes and how it ended', () => {
  expect(liveText({ ...session, running: true, calls: 2 })).toBe(
    'asset_created is running: 2 calls, 1 retried so far'
  );
  expect(liveText(session)).toBe('asset_created succeeded after 50.88 s: 6 calls, 1 retried');
});

const conductor = session.steps.find(one => one.role === 'conductor')!;
const logged: ISession = {
  ...session,
  logs: [
    {
      time: '2026-11-24T17:41:44Z',
      stream: 'stdout',
      text: 'late',
      step: named(session, 'has_person').id
    },
    {
      time: '2026-11-24T17:41:43Z',
      stream: 'stderr',
      text: 'Failed',
      step: named(session, 'fetch_asset').id
    },
    {
      time: '2026-11-24T17:41:43Z',
      stream: 'stdout',
      text: 'again',
      step: named(session, 'fetch_asset', 1).id
    },
    { time: '2026-11-24T17:41:43.5Z', stream: 'stdout', text: 'Entering', step: conductor.id }
  ]
};

test('lines are merged by time and stay in order within a moment', () => {
  expect(linesOf(logged, ALL).map(line => line.text)).toEqual([
    'Entering',
    'Failed',
    'again',
    'late'
  ]);
});

test('they are filtered by words, by function and by step', () => {
  const shown = (words: string, step: string) =>
    matchingLines(logged, linesOf(logged, step), words).map(line => line.text);
  expect(shown('FAIL', ALL)).toEqual(['Failed']);
  expect(shown('fetch_', ALL)).toEqual(['Failed', 'again']);
  expect(shown('', CALLS_ONLY)).toEqual(['Failed', 'again', 'late']);
  expect(shown('', named(session, 'has_person').id)).toEqual(['late']);
});

test('the lines that are shown first are counted, and they are not those of the conductor', () => {
  expect(callLineCount(logged)).toBe(3);
  expect(logChoices(logged)[0]).toEqual({ value: CALLS_ONLY, label: 'All calls' });
});

test('steps that share a name are told apart', () => {
  expect(logChoices(logged).map(choice => choice.label)).toEqual([
    'All calls',
    'All calls and the conductor',
    'asset_created',
    'fetch_asset, 1st',
    'fetch_asset, 2nd',
    'has_person'
  ]);
  expect(logText(logged, matchingLines(logged, linesOf(logged, ALL), 'late'))).toBe(
    '2026-11-24T17:41:44Z has_person stdout: late'
  );
});

test.each([
  ['path', 'guest/a', 'guest/a'],
  ['waitTime', 1210, '1.210 s'],
  ['faas-memory-peak', 47, '47 MB'],
  ['conductor', true, 'true'],
  [
    'limits',
    { memory: 512, logs: 10, timeout: 60_000, concurrency: 1 },
    '512 MB memory, 10 MB logs, 60 s timeout, concurrency 1'
  ],
  ['limits', null, 'null'],
  ['conductor', { type: 'empty' }, '{"type":"empty"}']
])('the annotation %s of %j reads %s', (key, value, words) => {
  expect(annotationText(key, value)).toBe(words);
});
