import type { IFunctionList, IStatus } from '../api/types';
import type { JsonObject } from '../api/values';
import { sample } from '../testing/sampledata';
import { curlCommand } from './curl';

const { target, data_dir: dataDir } = sample<IStatus>('status');
const [iris, hello] = sample<IFunctionList>('functions').functions;

interface ICopied {
  url: string;
  params: JsonObject;
  commands: { [target: string]: string };
}

test('commands are those that pytest runs, which read the key from its file and hold none', () => {
  const { url, params, commands } = sample<ICopied>('curl');
  expect(Object.keys(commands)).toEqual(['playground', 'wskprops']);
  for (const [name, command] of Object.entries(commands)) {
    expect(curlCommand({ ...target, name }, dataDir, { ...iris!, url }, params)).toBe(command);
  }
});

test('without parameters it has made-up ones', () => {
  expect(curlCommand(target, dataDir, iris!)).toContain(
    `--data-raw '{"sepal_length":0,"sepal_width":0,"petal_length":0,"petal_width":0}'`
  );
});

test('defaults, choices and text with quotes are kept as one shell word', () => {
  const schema = {
    properties: { text: { type: 'string', default: "it's" }, way: { enum: ['up'] }, any: {} }
  };
  const command = curlCommand(target, dataDir, { ...hello!, schema });
  expect(command).toContain(`--data-raw '{"text":"it'\\''s","way":"up","any":null}'`);
});

test('a target whose certificate is not checked is not checked by curl', () => {
  expect(curlCommand({ ...target, insecure: true }, dataDir, iris!)).toContain(
    '\n  --insecure \\\n'
  );
});

test('a target whose key file is not known here has no command', () => {
  expect(curlCommand({ ...target, name: 'team' }, dataDir, iris!)).toBeNull();
});
