/** The rule that keeps a function warm: a trigger of a name that tells it. Pure. */

import type { ITriggers, IRunBy } from '../tokens';

const PREFIX = 'keep-warm-';

/** `keep-warm-iris`; functions of packages have no slash there. */
export function warmTrigger(name: string): string {
  return `${PREFIX}${name.replace('/', '-')}`;
}

/** What keeps this function warm; null where nothing was made for that. */
export function warmedBy(triggers: ITriggers, name: string): IRunBy | null {
  return triggers.of(name).find(one => one.trigger.startsWith(PREFIX)) ?? null;
}
