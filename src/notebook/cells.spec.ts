import {
  EXAMPLE_CELL,
  hasOption,
  isWatched,
  mentionsFaas,
  parseFunctionCell,
  withOption
} from './cells';

test.each([
  ['%%function iris --sample X\ndef iris(): …', { name: 'iris', memoryMb: null }],
  ['%%function iris --memory 512', { name: 'iris', memoryMb: 512 }],
  ['%%function iris --memory=512 --timeout 30', { name: 'iris', memoryMb: 512 }],
  ['\n\n%%function iris', { name: 'iris', memoryMb: null }],
  ['%%function\tiris', { name: 'iris', memoryMb: null }],
  ['%%function iris --package models --web', { name: 'models/iris', memoryMb: null }],
  ['%%function iris --package=models --memory 8', { name: 'models/iris', memoryMb: 8 }],
  ['%%function iris --package "my models" --web', { name: 'my models/iris', memoryMb: null }],
  ["%%function iris --package a --package 'b'", { name: 'b/iris', memoryMb: null }],
  ['%%function iris --packages a\n# --package b', { name: 'iris', memoryMb: null }],
  [EXAMPLE_CELL, { name: 'greet', memoryMb: null }],
  [
    '%%composition asset_created --memory 128',
    { name: 'asset_created', memoryMb: 128, composition: true }
  ]
])('%j is a function cell', (text, cell) => {
  expect(parseFunctionCell(text)).toEqual({ composition: false, ...cell });
});

test.each([
  ['# %%function iris'],
  ['x = 1\n%%function iris'],
  ['%%function'],
  ['%%function --memory 512'],
  ['%%functional iris'],
  ['%%compositions asset_created'],
  [' %%function iris'],
  ['']
])('%j is not', text => {
  expect(parseFunctionCell(text)).toBeNull();
});

test.each([
  ['%load_ext jupyter_faas', true],
  ['%faas deploy iris', true],
  ['%%function iris', true],
  ['%%composition asset_created', true],
  ['import jupyter_faas as f', true],
  ['faas = 1', false]
])('%j mentions us: %p', (text, mentions) => {
  expect(mentionsFaas(text)).toBe(mentions);
});

test.each([
  ['%%function iris\nbody', '--timeout 120', '%%function iris --timeout 120\nbody'],
  [
    '%%function iris --timeout 60s --memory 8\nbody',
    '--timeout 120',
    '%%function iris --memory 8 --timeout 120\nbody'
  ],
  ['%%function iris --timeout=500ms\nbody', '--timeout 120', '%%function iris --timeout 120\nbody'],
  ['%%function iris --vendor\nbody', '--vendor', '%%function iris --vendor\nbody'],
  ['%%function iris --env A', '--env B', '%%function iris --env A --env B'],
  ['%%function iris --env A --vendor', '--env A', '%%function iris --vendor --env A'],
  ['%%function iris\n--vendor', '--vendor', '%%function iris --vendor\n--vendor'],
  ['%%function iris --kind python:3.14', '--kind python:3.11', '%%function iris --kind python:3.11']
])('%j with %s', (text, option, changed) => {
  expect(withOption(text, option)).toBe(changed);
});

test.each([
  ['%%function iris --env A --vendor\nbody', '--env A', true],
  ['%%function iris --memory=512', '--memory 512', true],
  ['%%function iris --memory 512', '--memory 51', false],
  ['%%function iris\n# --env A', '--env A', false]
])('whether %j has %s', (text, option, expected) => {
  expect(hasOption(text, option)).toBe(expected);
});

test.each([
  ['%%function iris --watch\ndef iris(): …', true],
  ['%%function iris --sample X --watch --memory 512', true],
  ['%%function iris --watched', false],
  ['%%function iris\n# --watch', false],
  ['%%composition flow --watch', false]
])('whether saving deploys %j', (text, expected) => {
  expect(isWatched(text)).toBe(expected);
});
