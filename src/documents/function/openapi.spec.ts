import type { IOpenApi } from '../../api/openapi';
import { sample } from '../../testing/sampledata';
import { listOperations, openApiPackage } from './openapi';

const document = sample<IOpenApi>('openapi');
const [iris, hello, tag] = listOperations(document);

test('each web action is an operation at its address', () => {
  expect(listOperations(document).map(one => [one.name, one.path])).toEqual([
    ['iris', '/default/iris.json'],
    ['hello', '/default/hello.json'],
    ['tag', '/default/tag.json']
  ]);
  expect(iris!.url).toBe('http://127.0.0.1:3233/api/v1/web/guest/default/iris.json');
});

test('references are followed to parameters, results and refusals', () => {
  expect(Object.keys(tag!.parameters.properties ?? {})).toEqual(['url', 'most']);
  expect(Object.keys(iris!.result?.properties ?? {})).toEqual(['species', 'confidence']);
  expect(Object.keys(iris!.refusal?.properties ?? {})).toEqual(['statusCode', 'body']);
  expect([hello!.result, hello!.refusal]).toEqual([{ type: 'object' }, null]);
  expect([iris!.optional, hello!.optional]).toEqual([false, true]);
});

test('who may call it is said in the words of the document', () => {
  expect(iris!.access).toBe('Anyone can call it.');
  expect(hello!.access).toContain('The API key of a namespace');
  expect(tag!.access).toContain('annotation require-whisk-auth');
});

test('each status is told, also where it is told once for all', () => {
  expect(hello!.answers.map(one => one.status)).toEqual([
    ...['200', '202', '400', '401', '404', '413', '429', '500']
  ]);
  expect(hello!.answers.every(one => one.words !== '')).toBe(true);
});

test.each([
  ['iris', 'default'],
  ['models/iris', 'models']
])('the package of %s is %s', (name, found) => {
  expect(openApiPackage(name)).toBe(found);
});
