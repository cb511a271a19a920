/**
 * Exact amounts in USD. An amount is an integer with a decimal scale, because prices per call are
 * far below a cent and sums of floats would be inexact.
 */

import type { IPrices } from '../api/session';

/** The amount `units / 10 ** scale`. */
export interface IAmount {
  units: bigint;
  scale: number;
}

/** The head of a column with the price of a million calls. */
export const PER_MILLION = '$ / million calls';

export const ZERO: IAmount = { units: 0n, scale: 0 };

/** One MB in GB: 1/1024 is exactly 0.0009765625. */
const GB_IN_MB: IAmount = { units: 9_765_625n, scale: 10 };
const CENTS = 2;

/**
 * Parse a decimal number as the server writes it: `0.000017`, `3171.69…`. Throws a RangeError for
 * other text.
 */
export function amount(text: string): IAmount {
  const [, sign, whole, part = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined) {
    throw new RangeError(`${JSON.stringify(text)} is not a decimal number`);
  }
  const units = BigInt(whole + part);
  return { units: sign ? -units : units, scale: part.length };
}

export function plus(one: IAmount, other: IAmount): IAmount {
  const scale = Math.max(one.scale, other.scale);
  return { units: unitsAtScale(one, scale) + unitsAtScale(other, scale), scale };
}

export function minus(one: IAmount, other: IAmount): IAmount {
  return plus(one, { ...other, units: -other.units });
}

export function sum(amounts: readonly IAmount[]): IAmount {
  return amounts.reduce(plus, ZERO);
}

export function times(one: IAmount, other: IAmount): IAmount {
  return { units: one.units * other.units, scale: one.scale + other.scale };
}

/** Return the ratio of two amounts as a float for shares and bars, or 0 if the whole is zero. */
export function ratio(part: IAmount, whole: IAmount): number {
  return whole.units === 0n ? 0 : approximately(part) / approximately(whole);
}

/**
 * Return an amount rounded half up, such as `$1,647.22`. An amount below a cent is rounded to two
 * significant digits, such as `$0.0043`, and zero is `$0.00`.
 */
export function usd(value: IAmount): string {
  if (value.units > 0n && unitsAtScale(value, CENTS + value.scale) < 10n ** BigInt(value.scale)) {
    const fraction = twoDigits(value);
    if (fraction !== null) {
      return fraction;
    }
  }
  const cents = rounded(value.units < 0n ? -value.units : value.units, value.scale);
  const sign = value.units < 0n && cents > 0n ? '-' : '';
  const digits = cents.toString().padStart(CENTS + 1, '0');
  const dollars = digits.slice(0, -CENTS).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${sign}$${dollars}.${digits.slice(-CENTS)}`;
}

/** Return an amount below a cent with two significant digits, or null if it rounds to a cent. */
function twoDigits({ units, scale }: IAmount): string | null {
  const surplus = units.toString().length - 2;
  const digits =
    surplus > 0 ? (units + 5n * 10n ** BigInt(surplus - 1)) / 10n ** BigInt(surplus) : units;
  const places = surplus > 0 ? scale - surplus : scale;
  if (digits >= 10n ** BigInt(places - CENTS)) {
    return null;
  }
  return `$0.${digits.toString().padStart(places, '0')}`.replace(/0+$/, '');
}

/** Return the time that is charged for a run, in ms. */
export function billedMs(prices: IPrices, ms: number): number {
  return Math.max(Math.ceil(ms / prices.step_ms) * prices.step_ms, prices.minimum_ms);
}

/** Return the exact price of a million runs with this memory size and charged time. */
export function perMillion(prices: IPrices, memoryMb: number, billed: number): IAmount {
  const gigabytes = times({ units: BigInt(billedMb(prices, memoryMb)), scale: 0 }, GB_IN_MB);
  // A million runs of n ms take n * 1000 seconds.
  const seconds = { units: BigInt(billed) * 1000n, scale: 0 };
  const time = times(times(gigabytes, seconds), amount(prices.usd_per_gb_second));
  const cpu = times(unitsOfCpu(prices, memoryMb), amount(prices.usd_per_cpu_second ?? '0'));
  return sum([time, times(cpu, seconds), amount(prices.usd_per_million_requests)]);
}

/**
 * Return the number of CPUs that belong to a memory size, or null if CPU does not depend on memory.
 */
export function cpusOf(prices: IPrices, memoryMb: number): number | null {
  const { speed, mb_per_cpu: perCpu, sizes, cpu, cpus_per_unit: perUnit } = prices;
  if (speed === 'memory' && perCpu) {
    return billedMb(prices, memoryMb) / perCpu;
  }
  if (speed === undefined || !sizes?.length || cpu !== undefined) {
    return null;
  }
  return approximately(unitsOfCpu(prices, memoryMb)) / Number(perUnit ?? '1');
}

/** Return the memory that is charged, in MB. */
function billedMb(prices: IPrices, memoryMb: number): number {
  if (prices.memory_by_size) {
    return prices.sizes?.find(([size]) => size >= memoryMb)?.[0] ?? memoryMb;
  }
  const step = prices.memory_step_mb ?? 1;
  return Math.max(Math.ceil(memoryMb / step) * step, prices.memory_minimum_mb ?? 0);
}

function unitsOfCpu({ cpu, sizes = [] }: IPrices, memoryMb: number): IAmount {
  const size = sizes.find(([mb]) => mb >= memoryMb) ?? sizes[sizes.length - 1];
  return amount(cpu ?? size?.[1] ?? '0');
}

function unitsAtScale({ units, scale }: IAmount, wanted: number): bigint {
  return units * 10n ** BigInt(wanted - scale);
}

function rounded(units: bigint, scale: number): bigint {
  if (scale <= CENTS) {
    return units * 10n ** BigInt(CENTS - scale);
  }
  const step = 10n ** BigInt(scale - CENTS);
  return (units + step / 2n) / step;
}

function approximately({ units, scale }: IAmount): number {
  return Number(units) / 10 ** scale;
}
