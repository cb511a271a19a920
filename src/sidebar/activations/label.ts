import { ageInWords, duration, plural } from '../../format/format';
import { ended } from '../../format/runs';
import type { IActivationRow } from './rows';

/** A row in one sentence, for those who hear it. */
export function rowLabel(row: IActivationRow, now: number): string {
  const { entry, name, kind, running } = row;
  if (kind === 'conductors') {
    return [name, price(row)].filter(Boolean).join(', ');
  }
  return [
    name,
    row.role !== 'branch' && row.nth !== null && row.nth > 1 ? `call ${row.nth}` : '',
    running ? 'running' : entry.ok ? 'succeeded' : 'failed',
    row.calls === null ? '' : plural(row.calls, 'call'),
    row.cold ? 'cold start' : '',
    entry.duration_ms === null ? '' : duration(entry.duration_ms),
    price(row),
    row.level === 1 ? ageInWords(ended(entry), now) : ''
  ]
    .filter(Boolean)
    .join(', ');
}

function price({ costText }: IActivationRow): string {
  return costText === null ? '' : `${costText} per million calls`;
}
