import type { ITrigger, ITriggerList } from '../api/triggers';
import { sample } from '../testing/sampledata';
import { FakeServer, refusal, type Answer, type IRequest } from '../testing/server';
import { Triggers } from './triggers';

let list: ITriggerList;
let server: FakeServer;
let triggers: Triggers;
let changes: number;

function rule(name: string): ITrigger['rules'][number] {
  return list.triggers.flatMap(one => one.rules).find(one => one.name === name)!;
}

/** Plays a server half whose rules can be paused. */
function answer({ method, path, body }: IRequest): Answer {
  const [collection, name] = path.split('/');
  if (path === 'triggers') {
    return [200, list];
  }
  if (method === 'POST' && collection === 'rules') {
    rule(name!).active = (JSON.parse(body) as { active: boolean }).active;
    return [200, rule(name!)];
  }
  return [200, { trigger: name, activation: 'abc', runs: [], paused: [] }];
}

beforeEach(async () => {
  list = sample<ITriggerList>('triggers');
  server = new FakeServer(answer);
  changes = 0;
  triggers = new Triggers(server.api, () => (changes += 1));
  await triggers.refresh();
});

test('a function knows what runs it', () => {
  expect(triggers.of('hello')).toEqual([
    {
      trigger: 'nightly',
      rule: 'nightly-hello',
      when: 'at 03:00 every day (Europe/Amsterdam)',
      active: false
    },
    { trigger: 'uploaded', rule: 'uploaded-hello', when: '', active: true }
  ]);
  expect(triggers.of('nobody')).toEqual([]);
});

test('only a change is told', async () => {
  await triggers.refresh();
  expect(changes).toBe(1);
  list.triggers.pop();
  await triggers.refresh();
  expect(changes).toBe(2);
});

test('a rule is paused, and the list follows', async () => {
  await triggers.setActive('every5-iris', false);
  expect(server.log.slice(-2)).toEqual(['POST rules/every5-iris', 'GET triggers']);
  expect(triggers.of('iris')[0]!.active).toBe(false);
});

test('firing names the trigger', async () => {
  expect((await triggers.fire('every5')).activation).toBe('abc');
  expect(server.log).toContain('POST triggers/every5/firings');
});

test.each<[string, Answer]>([
  ['a server half that does not know them', [404, '']],
  ['a target without them', [400, refusal('target_refused')]],
  ['no server', 'down']
])('%s: nothing runs a function, and nothing fails', async (_, broken) => {
  server.answer = () => broken;
  await triggers.refresh();
  expect(triggers.of('iris')).toEqual([]);
});
