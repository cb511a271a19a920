import type { ICostsReport, IFunctionCost } from '../../api/costs';

const COLUMNS: readonly [string, (one: IFunctionCost) => string | number | null][] = [
  ['function', one => one.name],
  ['kind', one => one.kind],
  ['memory_mb', one => one.memory_mb],
  ['peak_mb', one => one.peak_mb],
  ['calls', one => one.calls],
  ['p50_ms', one => one.p50_ms],
  ['p95_ms', one => one.p95_ms],
  ['cold', one => one.cold],
  ['gb_seconds', one => one.gb_seconds],
  ['usd', one => one.cost_usd],
  ['usd_per_million_calls', one => one.per_million_usd]
];

/**
 * Return the table with exact amounts as CSV (RFC 4180), one line per function. It is separate from
 * the toolbar because it defines a file format.
 */
export function toCsv({ functions }: ICostsReport): string {
  const lines = [
    COLUMNS.map(([head]) => head),
    ...functions.map(one => COLUMNS.map(([, value]) => cell(value(one))))
  ];
  return lines.map(line => `${line.join(',')}\r\n`).join('');
}

function cell(value: string | number | null): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
