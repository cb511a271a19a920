/** Prices as decimal text, added exactly and rounded once, where they are shown. */

/** Digits behind the point that are kept: more than any price list times any run needs. */
const SCALE = 24;
const CENT = 10n ** BigInt(SCALE - 2);

/** An exact amount, written without an exponent, in units of 10^-24 USD. */
function units(amount: string): bigint {
  const [, whole, rest = ''] = /^(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
  if (whole === undefined || rest.length > SCALE) {
    throw new Error(`${amount} is no amount of money`);
  }
  return BigInt(whole + rest.padEnd(SCALE, '0'));
}

/** The sum as it is shown: `$3,184.45`, `<$0.01` for something below a cent; null where none is known. */
export function sumText(amounts: readonly (string | null)[]): string | null {
  const known = amounts.filter(one => one !== null);
  return known.length === 0 ? null : text(known.reduce((sum, one) => sum + units(one), 0n));
}

function text(value: bigint): string {
  if (value > 0n && value < CENT) {
    return '<$0.01';
  }
  const cents = (value + CENT / 2n) / CENT;
  const whole = (cents / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ',');
  return `$${whole}.${(cents % 100n).toString().padStart(2, '0')}`;
}
