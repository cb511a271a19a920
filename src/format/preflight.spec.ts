import type { IForecast, IPreflight, IPreflightCheck } from '../api/card';
import { sample } from '../testing/sampledata';
import { checkOutcome, roomyTimeout, preflightVerdict } from './preflight';

const QUICK: IForecast = { ...sample<IForecast>('forecast'), timeout_share: 0.01 };
const FITS: IPreflightCheck = { check: 'Memory', ok: true, value: '256 MB', note: '' };
const { preflight: CHECKS } = sample<IPreflight>('preflight');

function words(checks: IPreflightCheck[], forecast = QUICK): string {
  return preflightVerdict({ checks, forecast, timeoutMs: 60_000, label: 'Lab' }).text;
}

test('a package that fits', () => {
  expect(words([FITS])).toBe('Fits Lab');
});

test('an unknown is never said to fit', () => {
  const unknown = { ...FITS, unknown: true, says: 'nothing is published about acme/python' };
  expect(words([{ ...FITS, warn: true }, unknown])).toBe(
    'Could not check whether it fits Lab: nothing is published about acme/python'
  );
});

test('what follows from a host without an answer is not said again', () => {
  const host = { ...FITS, warn: true, unknown: true, says: 'Lab did not respond' };
  const kind = { ...FITS, check: 'Kind', unknown: true };
  expect(words([host, kind])).toBe('Could not check whether it fits Lab: Lab did not respond');
  expect(checkOutcome(kind)).toBe('unknown');
});

test('warnings are counted', () => {
  expect(words([FITS, { ...FITS, warn: true }])).toBe('Fits Lab, with a warning');
  expect(
    words([
      { ...FITS, warn: true },
      { ...FITS, warn: true }
    ])
  ).toBe('Fits Lab, with 2 warnings');
});

test('a failure is the whole verdict', () => {
  expect(words(CHECKS)).toBe(
    'Does not fit Lab: the package is 35.4 MB when sent, but the limit is 22 MB'
  );
});

test('the rows of earlier cards have no reasons', () => {
  expect(words([{ check: 'Kind', ok: false, value: 'python:3.14', note: 'not there' }])).toBe(
    'Does not fit Lab: Kind python:3.14, not there'
  );
});

test.each([
  [0.82, 'Fits Lab, with a warning'],
  [1.5, 'Does not fit Lab: a cold start takes about 90 s, and the timeout is 60 s']
])('a cold start of %p of the timeout', (timeout_share, expected) => {
  expect(words([FITS], { ...QUICK, cold_ms: 90_000, timeout_share })).toBe(expected);
});

test('the longer timeout that is offered ends where hosts do', () => {
  expect(roomyTimeout({ ...QUICK, cold_ms: 49_000 }, 60_000)).toBe(120);
  expect(roomyTimeout({ ...QUICK, cold_ms: 200_000 }, 60_000)).toBeNull();
});
