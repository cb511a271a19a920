import React from 'react';

import type { ICard, ICleanRoom, IForecast, IPreflight } from '../../api/card';
import type { IActivation } from '../../api/types';
import { badge } from '../../state/functionstate';
import { render } from '../../testing/render';
import { sample } from '../../testing/sampledata';
import { FunctionCard } from './functioncard';
import type { ICardProps } from './props';

const NOW = 1_795_566_000_000;

function props(changes: Partial<ICardProps> = {}): ICardProps {
  const card = sample<ICard>('card');
  return {
    card,
    badge: badge('not-deployed', { job: null, version: null, seen: null }),
    deployed: null,
    current: false,
    targetLabel: 'Local playground',
    forecast: card.forecast,
    measuring: true,
    now: NOW,
    actions: {},
    ...changes
  };
}

const DEPLOYED = {
  deployed: { version: '0.0.2', bundle: 'b', url: 'http://host/iris', updated: NOW - 8000 },
  current: true,
  badge: badge('deployed', { job: null, version: '0.0.2', seen: null })
};

test('a card says what travels, how the model compares and what it needs', () => {
  const { node } = render(<FunctionCard {...props()} />);
  const text = node.textContent;
  expect(text).toContain('Pipeline(StandardScaler, LogisticRegression)converted to ONNX, opset 21');
  expect(text).toContain('Same as the original: labels agree 1,204/1,204, max Δ 2e-15');
  expect(text).toContain('SPECIESconstant36 Bused by iris, line 7');
  expect(text).toContain('Total, zipped61.3 kB');
  expect(text).toContain('numpy 2.4.6·onnxruntime 1.32.0');
  expect(text).toContain('measuring…');
});

test('rows that are not counted are said apart', () => {
  const card = sample<ICard>('card');
  const [model] = card.models;
  model!.parity.covered.push(
    { set: 'score jumps', rows: 1200, extra: 'boundary' },
    { set: 'label boundaries', rows: 452, extra: 'boundary' },
    { set: 'one row at a time', rows: 64, extra: 'again' }
  );
  const { node } = render(<FunctionCard {...props({ card })} />);
  expect(node.textContent).toContain(
    'Rows compared: 150 sample, 1,050 distinct values, 4 unusual inputs; 64 of them also one at a ' +
      'time; 1,652 more at decision boundaries, where differences only cause a warning'
  );
});

test('ready ONNX is neither converted nor compared', () => {
  const card = sample<ICard>('card');
  const nothing = { labels_total: 0, max_difference: null, rows: 0, covered: [] };
  const models = card.models.map(model => ({
    ...model,
    class: 'InferenceSession',
    route: 'as is',
    parity: { ...model.parity, ...nothing }
  }));
  const { node } = render(<FunctionCard {...props({ card: { ...card, models } })} />);
  expect(node.textContent).toContain('InferenceSessionONNX, opset 21');
  expect(node.textContent).toContain('Same as the original: packaged unchanged');
});

test('a name whose cell is odd is marked, with what is odd', () => {
  const card = sample<ICard>('card');
  card.captured = card.captured.map(one =>
    one.name === 'SPECIES' ? { ...one, note: 'was edited after it last ran' } : one
  );
  const { node } = render(<FunctionCard {...props({ card })} />);
  const [note, ...others] = node.querySelectorAll('.jp-FaasCard-note');
  expect(note?.textContent).toBe('used by iris, line 7; was edited after it last ran');
  expect(note?.querySelector('svg')).not.toBeNull();
  expect(others).toEqual([]);
});

test('a model that lies in a store says so', () => {
  const { card, ...others } = props();
  const models = card.models.map(one => ({ ...one, stored: { sha256: 'a', size: one.size } }));
  const { node } = render(<FunctionCard {...others} card={{ ...card, models }} />);
  expect(node.textContent).toMatch(/\d kB in the model store/);
});

test('a model that travels as it is says so, and what that costs when it starts', () => {
  const card = sample<ICard>('card');
  const itself = { ...card, models: card.models.map(one => ({ ...one, route: 'skops' })) };
  const forecast = sample<ICard['forecast']>('forecast');
  expect(render(<FunctionCard {...props({ card: itself })} />).node.textContent).toMatch(
    /in the skops format.*Larger and slower to start than ONNX(?!:)/
  );
  expect(render(<FunctionCard {...props({ card: itself, forecast })} />).node.textContent).toMatch(
    /Larger and slower to start than ONNX: a cold start takes about 0.3 s/
  );
});

test('a model that was not converted says why, what it loads and what it needs', () => {
  const { card, ...others } = props();
  const foreign = { type: 'lightgbm.basic.Booster', distribution: 'lightgbm', version: '4.7.0' };
  const own = { type: 'steps.Own', distribution: '', version: '', sha256: 'b' };
  const models = card.models.map(one => ({
    ...one,
    route: 'skops',
    why: 'It has no ONNX form.',
    foreign_types: [{ ...foreign, sha256: 'a' }, own]
  }));
  const requirements = [
    { name: 'scikit-learn', version: '1.9.1' },
    { name: 'scipy', version: '1.17.0' },
    { name: 'skops', version: '0.16.0' }
  ];
  const text = render(<FunctionCard {...others} card={{ ...card, models, requirements }} />).node
    .textContent;
  expect(text).toContain('Why not ONNX: It has no ONNX form.');
  expect(text).toContain(
    'Uses types that are not part of scikit-learn: lightgbm.basic.Booster (lightgbm 4.7.0), steps.Own (your module)'
  );
  expect(text).toContain('The target needs exactly scikit-learn 1.9.1 and skops 0.16.0');
});

test('a measured forecast shows the cold start and both prices', () => {
  const { node } = render(<FunctionCard {...props({ forecast: sample('forecast') })} />);
  expect(node.textContent).toContain('about 0.3 s0.5% of the 60 s timeout');
  expect(node.textContent).toContain('$0.43 per million calls if warm·$1.70 if cold');
  expect(node.textContent).toContain(
    'a forecast with the prices of DigitalOcean Functions. It assumes that each cold start'
  );
});

test('a forecast that will not come is not shown as under way', () => {
  const { node } = render(<FunctionCard {...props({ measuring: false })} />);
  expect(node.textContent).toContain('Cold startnot measured');
});

test('without callbacks there are no controls', () => {
  const { node } = render(<FunctionCard {...props(DEPLOYED)} />);
  const names = [...node.querySelectorAll('button')].map(button => button.textContent);
  expect(names).toEqual([expect.stringMatching(/package 61.3 kB\s+·\s+preflight checks passed$/)]);
});

test('a web action shows its web URL, which can be copied', async () => {
  const copy = jest.fn();
  const web_url = 'http://host/web/iris.json';
  const web = { ...DEPLOYED, deployed: { ...DEPLOYED.deployed, web_url } };
  const { node, button, click } = render(
    <FunctionCard {...props({ ...web, actions: { copy } })} />
  );
  expect(node.textContent).toContain(
    `Web URL${web_url}Callers do not need a key. Send the parameters as JSON in a POST request, or append them to the URL:?sepal_length=0&sepal_width=0&`
  );
  await click(button('Copy the web URL of iris'));
  expect(copy).toHaveBeenCalledWith(web_url);
});

test.each([
  [
    'word' as const,
    'Callers do not need a key, but they must send the value of require-whisk-auth in the header X-Require-Whisk-Auth.'
  ],
  ['key' as const, 'Callers must send the API key of a namespace as user name and password.']
])('a web action that asks for a %s says so', (web_access, words) => {
  const deployed = { ...DEPLOYED.deployed, web_url: 'http://host/web/f.json', web_access };
  const { node } = render(<FunctionCard {...props({ ...DEPLOYED, deployed })} />);
  expect(node.textContent).toContain(words);
  expect(node.textContent).not.toContain('Callers do not need a key.');
});

test('what every call gets anyway is neither asked for nor in the sample query', () => {
  const deployed = { ...DEPLOYED.deployed, web_url: 'http://host/web/f.json' };
  const schema = { properties: { key: { type: 'string' } }, required: ['key'] };
  const card = { ...sample<ICard>('card'), schema, preset: ['key'], examples: [] };
  const invoke = jest.fn();
  const { node } = render(
    <FunctionCard {...props({ ...DEPLOYED, card, deployed, actions: { invoke } })} />
  );
  expect(node.textContent).toContain('http://host/web/f.jsonCallers do not need a key.Try it');
  expect(node.textContent).toContain('str, optional');
});

test('what is no web action shows none', () => {
  const { node } = render(<FunctionCard {...props(DEPLOYED)} />);
  expect(node.textContent).not.toContain('Web URL');
});

test('Deploy is the one filled button and names its function', async () => {
  const deploy = jest.fn();
  const { node, button, click } = render(<FunctionCard {...props({ actions: { deploy } })} />);
  expect(node.querySelectorAll('.jp-mod-primary')).toHaveLength(1);
  await click(button('Deploy iris'));
  expect(deploy).toHaveBeenCalledTimes(1);
});

test('an edit after the deploy leaves the rows as they are and fills Deploy instead of Invoke', () => {
  const actions = { deploy: jest.fn(), invoke: jest.fn() };
  const { node, button } = render(
    <FunctionCard {...props({ ...DEPLOYED, changed: true, actions })} />
  );
  expect(node.textContent).toContain('Details');
  expect(node.textContent).not.toContain('Preflight');
  expect(node.querySelectorAll('.jp-mod-primary')).toHaveLength(1);
  expect(button('Deploy iris').className).toContain('jp-mod-primary');
});

test('what blocks deploying disables the button and is said', () => {
  const actions = { deploy: jest.fn() };
  const { button } = render(<FunctionCard {...props({ actions, blocked: 'Too large' })} />);
  expect(button('Deploy iris').disabled).toBe(true);
  expect(button('Deploy iris').title).toBe('Too large');
});

test('deployed and unchanged, Deploy shrinks and the facts fold', () => {
  const actions = { deploy: jest.fn() };
  const { node, button } = render(<FunctionCard {...props({ ...DEPLOYED, actions })} />);
  expect(button('Deploy iris again').className).toBe('jp-FaasIconButton');
  expect(node.textContent).toContain('to Local playground, 8 seconds ago');
  expect(node.textContent).toContain('http://host/iris');
  expect(node.textContent).not.toContain('Total, zipped');
});

test('a failed deploy says why and offers to try again', () => {
  const job = { phase: 'failed' as const, size: null, message: 'Refused.', hint: 'Ask.' };
  const failed = badge('not-deployed', { job, version: null, seen: null });
  const actions = { deploy: jest.fn() };
  const { node, button } = render(
    <FunctionCard {...props({ badge: failed, failure: job, actions })} />
  );
  expect(node.querySelector('[role=alert]')?.textContent).toBe('Refused.');
  expect(button('Try again to deploy iris').textContent).toBe('Try again');
});

test('Try it sends the typed parameters and shows the answer', async () => {
  const invoke = jest.fn().mockResolvedValue(sample<IActivation>('activation'));
  const { node, type, press } = render(
    <FunctionCard {...props({ ...DEPLOYED, actions: { invoke } })} />
  );
  const fields = [...node.querySelectorAll('input')];
  for (const [index, text] of ['5.1', '3.5', '1.4', '0.2'].entries()) {
    await type(fields[index]!, text);
  }
  await press(fields[3]!, 'Enter');
  expect(invoke).toHaveBeenCalledWith({
    sepal_length: 5.1,
    sepal_width: 3.5,
    petal_length: 1.4,
    petal_width: 0.2
  });
  expect(node.textContent).toContain('{"species": "setosa", "confidence": 0.98}');
});

test('a cold start that takes most of the timeout offers a longer one', async () => {
  const forecast = { ...props().forecast, state: 'measured' as const, cold_ms: 49_090 };
  const setOption = jest.fn();
  const { button, click } = render(
    <FunctionCard
      {...props({ forecast: { ...forecast, timeout_share: 0.82 }, actions: { setOption } })}
    />
  );
  await click(button('Set --timeout 120 in the cell'));
  expect(setOption).toHaveBeenCalledWith('--timeout 120');
});

test('a package that does not fit says so first, with what each requirement takes', () => {
  const preflight = sample<IPreflight>('preflight');
  const { node } = render(<FunctionCard {...props({ preflight })} />);
  expect(node.textContent).toContain(
    'PreflightDoes not fit adobe: the package is 35.4 MB when sent, but the limit is 22 MBMemory passed:256 MB'
  );
  expect(node.textContent).toContain('Package size failed:35.4 MBof 22 MB when sent');
  expect(node.textContent).toContain('numpy 2.4.617.9 MBonnxruntime 1.32.017.4 MB');
});

test('a warning carries its cure into the cell', async () => {
  const setOption = jest.fn();
  const preflight = sample<IPreflight>('preflight');
  const { node, button, click } = render(
    <FunctionCard {...props({ preflight, actions: { setOption } })} />
  );
  expect(node.textContent).toContain('use an image that contains these libraries');
  await click(button('Set --vendor in the cell'));
  expect(setOption).toHaveBeenCalledWith('--vendor');
});

test('a cure that is in the cell already says to run the cell again', () => {
  const preflight = sample<IPreflight>('preflight');
  const setOption = jest.fn();
  const hasOption = (option: string) => option === '--vendor';
  const { node } = render(
    <FunctionCard {...props({ preflight, actions: { setOption, hasOption } })} />
  );
  expect(node.querySelector('[role=status]')!.textContent).toBe(
    '--vendor is now in the cell. Run the cell again.'
  );
  expect(node.textContent).not.toContain('Set --vendor in the cell');
});

const FAILED: ICleanRoom = {
  state: 'failed',
  ms: 240,
  inputs: 1,
  note: '',
  message: 'iris returns a different result outside this notebook: v is 2, not 42.',
  hint: 'Put it into the cell.',
  answers: { Input: { n: 1 }, Notebook: { v: 42 }, Package: { v: 2 } }
};

test.each<[string, Partial<IForecast>, boolean, string]>([
  ['under way', { clean_room: null }, true, 'Clean-room testrunning…'],
  [
    'passed',
    sample('forecast'),
    true,
    'Clean-room testSame results as the notebook for 1 input0.8 s'
  ],
  [
    'failed',
    { clean_room: FAILED },
    true,
    'v is 2, not 42.0.2 sInput{"n": 1}Notebook{"v": 42}Package{"v": 2}Put it into the cell.'
  ],
  [
    'without an input, which took no time',
    { clean_room: { ...FAILED, state: 'loaded', note: 'no test input: add --test', hint: '' } },
    true,
    'Clean-room testNo test input: add --testExamples'
  ],
  ['not known', { clean_room: undefined }, true, 'Preflight'],
  ['not coming', { clean_room: null }, false, 'Preflight']
])('a clean-room run that is %s', (_, change, measuring, words) => {
  const forecast = { ...sample<ICard>('card').forecast, ...change };
  const { node } = render(<FunctionCard {...props({ forecast, measuring })} />);
  expect(node.textContent).toContain(words);
  expect(node.textContent.includes('Clean-room test')).toBe(words !== 'Preflight');
});

test('an example is shown as it is typed, with its answer, and can be copied', async () => {
  const copy = jest.fn();
  const { node, button, click } = render(<FunctionCard {...props({ actions: { copy } })} />);
  const command =
    '%faas invoke iris sepal_length=5.1 sepal_width=3.5 petal_length=1.4 petal_width=0.2';
  expect(node.textContent).toContain(`${command}{"species": "setosa", "confidence": 0.98}`);
  await click(button(`Copy ${command}`));
  expect(copy).toHaveBeenCalledWith(command);
});

test('the form begins with the first example, and another can be filled in', async () => {
  const [first] = sample<ICard>('card').examples!;
  const second = { ...first!, params: { sepal_length: 7 }, command: 'other' };
  const card = { ...sample<ICard>('card'), examples: [first!, second] };
  const { node, button, click } = render(
    <FunctionCard {...props({ ...DEPLOYED, card, actions: { invoke: jest.fn() } })} />
  );
  const values = () => [...node.querySelectorAll('input')].map(input => input.value);
  expect(values()).toEqual(['5.1', '3.5', '1.4', '0.2']);
  await click(button('Fill in example 2'));
  expect(values()).toEqual(['7', '', '', '']);
});
