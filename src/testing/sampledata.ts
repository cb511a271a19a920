/** The sample replies shared with pytest. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(__dirname, '..', '..', 'tests', 'data', 'api');

/** `tests/data/api/NAME.json`, read again for every caller. */
export function sample<T>(name: string): T {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf-8')) as T;
}
