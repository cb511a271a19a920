import type { IFunctionList, IStatus } from './api/types';
import { curlCommand } from './curl';
import { sample } from './testing/samples';

const { target } = sample<IStatus>('status');
const [iris, hello] = sample<IFunctionList>('functions').functions;

test('the command reads the key from the file and holds none', () => {
  expect(curlCommand(target, iris!)).toBe(
    [
      `curl -u "$(sed -n 's/^AUTH=//p' "\${JUPYTER_FAAS_DATA_DIR:-$(jupyter --data-dir)/faas}/playground/wskprops")" \\`,
      "  -H 'Content-Type: application/json' \\",
      `  -d '{"sepal_length":0,"sepal_width":0,"petal_length":0,"petal_width":0}' \\`,
      "  'http://127.0.0.1:3233/api/v1/namespaces/_/actions/iris?blocking=true&result=true'"
    ].join('\n')
  );
});

test('defaults, choices and text with quotes are kept as one shell word', () => {
  const schema = {
    properties: { text: { type: 'string', default: "it's" }, way: { enum: ['up'] }, any: {} }
  };
  const command = curlCommand(target, { ...hello!, schema });
  expect(command).toContain(`-d '{"text":"it'\\''s","way":"up","any":null}'`);
});

test('a target whose certificate is not checked is not checked by curl', () => {
  expect(curlCommand({ ...target, insecure: true }, iris!)).toContain('\n  --insecure \\\n');
});

test('a target whose key file is not known here has no command', () => {
  expect(curlCommand({ ...target, name: 'team' }, iris!)).toBeNull();
});

test('the parameters of an example are the ones to send', () => {
  expect(curlCommand(target, iris!, { n: 4 })).toContain(`-d '{"n":4}'`);
});
