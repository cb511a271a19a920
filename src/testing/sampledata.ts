/** The sample replies that Jest and pytest share. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(__dirname, '..', '..', 'tests', 'data', 'api');

/** Return a fresh copy of `tests/data/api/NAME.json`. */
export function sample<T>(name: string): T {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf-8')) as T;
}
