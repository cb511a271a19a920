import type { IActivationList } from '../api/types';
import { sample } from '../testing/sampledata';
import { ActivationSummaries, Announcer } from './announcer';

const { activations } = sample<IActivationList>('activations');

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

test('new activations are summed up at most every ten seconds', () => {
  const said: string[] = [];
  const summaries = new ActivationSummaries(words => said.push(words));
  summaries.add(activations.slice(0, 1));
  summaries.add(activations.slice(0, 2));
  summaries.add(activations.slice(2));
  expect(said).toEqual(['1 activation']);
  jest.advanceTimersByTime(10_000);
  expect(said).toEqual(['1 activation', '3 activations, 1 failed']);
  jest.advanceTimersByTime(10_000);
  expect(said).toHaveLength(2);
});

test('what a session called is not summed up', () => {
  const said: string[] = [];
  const summaries = new ActivationSummaries(words => said.push(words));
  summaries.add(activations.map(one => ({ ...one, cause: 'session' })));
  summaries.add(activations.slice(0, 1));
  expect(said).toEqual(['1 activation']);
});

test('the same words are spoken again', () => {
  const host = document.createElement('div');
  const announcer = new Announcer(host);
  announcer.announce('Deployed');
  const first = host.textContent;
  announcer.announce('Deployed');
  expect(host.textContent).not.toBe(first);
  expect(host.textContent.trim()).toBe('Deployed');
});
