import React from 'react';

import type { ICard } from '../../api/card';
import { badge } from '../../state/functionstate';
import { render } from '../../testing/render';
import { sample } from '../../testing/sampledata';
import { FunctionCard } from './functioncard';
import type { ICardProps } from './props';

const CARD = sample<ICard>('card_composition');

const SHOWN: ICardProps = {
  card: CARD,
  badge: badge('not-deployed', { job: null, version: null, seen: null }),
  deployed: null,
  current: false,
  targetLabel: 'Local playground',
  forecast: CARD.forecast,
  measuring: false,
  now: 0,
  actions: {}
};

const DEPLOYED = { version: '0.0.4', bundle: CARD.bundle, url: 'https://x/asset', updated: 0 };

function labels(node: HTMLElement): (string | null)[] {
  return [...node.querySelectorAll('.jp-FaasCard-label')].map(one => one.textContent);
}

test('a composition has no rows of models, forecasts and costs', () => {
  const { node } = render(<FunctionCard {...SHOWN} />);
  expect(labels(node)).toEqual(['Calls', 'Steps', 'Includes', 'Package', 'Preflight']);
  expect(node.querySelector('section')?.getAttribute('aria-label')).toBe(
    'Composition asset_created'
  );
  expect(node.textContent).not.toMatch(/Cold start|Model|million/);
});

test('it says how what it calls stands, in words', () => {
  const { node } = render(<FunctionCard {...SHOWN} />);
  const row = [...node.querySelectorAll('.jp-FaasCard-calls > *')].map(one => one.textContent);
  expect(row[row.indexOf('image_quality') + 1]).toBe('Deployed');
  expect(row[row.indexOf('swatches') + 1]).toBe(
    'Not deployed yet. Deploying the composition also deploys it.'
  );
  expect(row[row.indexOf('manual_work') + 1]).toBe(
    'Not deployed on Local playground. Calls to this function fail.'
  );
});

test('what the target holds now goes before what the card was saved with', () => {
  const called = [{ name: 'manual_work', paths: ['[0]', '[1]'], state: 'deployed' as const }];
  const { node } = render(<FunctionCard {...SHOWN} called={called} />);
  expect(node.querySelector('.jp-FaasCard-calls')?.textContent).toBe(
    'manual_workDeployed · at 2 places'
  );
});

test('of many calls those that fail come first and the rest is folded', async () => {
  const called = Array.from({ length: 30 }, (_, index) => ({
    name: `called_${index}`,
    paths: [''],
    state: index === 20 ? ('missing' as const) : ('deployed' as const)
  }));
  const { node, button, click } = render(<FunctionCard {...SHOWN} called={called} />);
  expect(node.querySelector('.jp-FaasCard-calls')?.firstChild?.textContent).toBe('called_20');
  expect(node.textContent).not.toContain('called_29');
  await click(button('19 more'));
  expect(node.textContent).toContain('called_29');
});

test('it says what it is made of and how much a host allows', () => {
  const { node } = render(<FunctionCard {...SHOWN} />);
  expect(node.textContent).toContain('2 inline functions·makes at least 2 calls');
  expect(node.textContent).toContain('OpenWhisk’s default limit is 50');
});

test('one that calls nothing says so', () => {
  const facts = { ...SHOWN.card.composition!, actions: [], least_calls: 0 };
  const card = { ...SHOWN.card, composition: facts };
  const { node } = render(<FunctionCard {...SHOWN} card={card} />);
  expect(node.textContent).toContain('calls no actions');
});

test('where no graph is drawn its outline is', () => {
  const { node } = render(<FunctionCard {...SHOWN} />);
  const lines = [...node.querySelectorAll('.jp-FaasCard-outline li')].map(one => one.textContent);
  expect(lines.slice(0, 5)).toEqual([
    'retry, at most 4 tries',
    'image_quality',
    'if',
    'def good(params): (inline Python, 2 lines)',
    'yes'
  ]);
});

test('a graph that is drawn takes the place of the outline', () => {
  const { node } = render(<FunctionCard {...SHOWN} graph={<b>drawn</b>} />);
  expect(node.querySelector('.jp-FaasCard-graph')?.textContent).toBe('drawn');
});

test('a deployed one can be invoked, by way of a question', async () => {
  let asked = 0;
  const actions = { openInvokeDialog: () => asked++, invoke: () => Promise.reject(new Error()) };
  const { node, button, click } = render(
    <FunctionCard {...SHOWN} deployed={DEPLOYED} current actions={actions} />
  );
  await click(button('Invoke asset_created…'));
  expect(asked).toBe(1);
  expect(node.querySelector('form, input')).toBeNull();
  expect(labels(node)).toEqual(['URL', 'Try it', 'Calls', 'Steps', 'Details']);
});

test('the graph opens where somebody can open it', async () => {
  let opened = 0;
  const { button, click, update, node } = render(
    <FunctionCard {...SHOWN} actions={{ openGraph: () => opened++ }} />
  );
  await click(button('Open the graph of asset_created'));
  expect(opened).toBe(1);
  update(<FunctionCard {...SHOWN} />);
  expect(node.querySelector('button')).toBeNull();
});
