/** Exact decimal numbers on BigInt: what is shown as money never passes through a float. */

const PLAIN = /^([+-]?)(\d*)(?:\.(\d*))?$/;

const power = (places) => 10n ** BigInt(places);
const magnitude = (value) => (value < 0n ? -value : value);

/** Divide BigInts by a named rule: "down" towards zero, "up" away from it, "half" half away. */
function divide(numerator, denominator, rounding) {
  const quotient = numerator / denominator;
  const rest = magnitude(numerator % denominator);
  if (rest === 0n || rounding === "down") return quotient;
  if (rounding === "half" && rest * 2n < magnitude(denominator)) return quotient;
  return quotient + (numerator < 0n !== denominator < 0n ? -1n : 1n);
}

export class Decimal {
  /** units / 10^places. Use Decimal.parse or Decimal.from. */
  constructor(units, places) {
    this.units = units;
    this.places = places;
    Object.freeze(this);
  }

  /** Read a plain decimal such as "-12.50"; null for anything else (no exponent, no grouping). */
  static parse(text) {
    const match = PLAIN.exec(String(text).trim());
    if (!match) return null;
    const [, sign, whole, fraction = ""] = match;
    if (whole === "" && fraction === "") return null;
    const units = BigInt(`${whole}${fraction}` || "0");
    return new Decimal(sign === "-" ? -units : units, fraction.length);
  }

  /**
   * Take a Decimal, a decimal string, or a market-data number as its shortest decimal.
   * Null stays null: unknown is not zero.
   */
  static from(value) {
    if (value === null || value === undefined || value instanceof Decimal) return value ?? null;
    if (typeof value !== "number") return Decimal.parse(value);
    if (!Number.isFinite(value)) return null;
    return Decimal.parse(String(value)) ?? Decimal.parse(value.toFixed(9));
  }

  static ZERO = new Decimal(0n, 0);

  #aligned(other) {
    const places = Math.max(this.places, other.places);
    return [this.units * power(places - this.places), other.units * power(places - other.places), places];
  }

  plus(other) {
    const [mine, theirs, places] = this.#aligned(other);
    return new Decimal(mine + theirs, places);
  }

  minus(other) {
    return this.plus(other.negated());
  }

  times(other) {
    return new Decimal(this.units * other.units, this.places + other.places);
  }

  /** Divide to so many places; null when the divisor is zero. */
  dividedBy(other, places, rounding = "half") {
    if (other.units === 0n) return null;
    const shift = places + other.places - this.places;
    const numerator = shift >= 0 ? this.units * power(shift) : this.units;
    const denominator = shift >= 0 ? other.units : other.units * power(-shift);
    return new Decimal(divide(numerator, denominator, rounding), places);
  }

  toPlaces(places, rounding = "half") {
    if (places >= this.places) return new Decimal(this.units * power(places - this.places), places);
    return new Decimal(divide(this.units, power(this.places - places), rounding), places);
  }

  negated() {
    return new Decimal(-this.units, this.places);
  }

  abs() {
    return this.units < 0n ? this.negated() : this;
  }

  /** -1, 0 or 1. */
  get sign() {
    if (this.units === 0n) return 0;
    return this.units < 0n ? -1 : 1;
  }

  compare(other) {
    const [mine, theirs] = this.#aligned(other);
    if (mine === theirs) return 0;
    return mine < theirs ? -1 : 1;
  }

  /** Drop trailing zeros: 1.500 becomes 1.5. */
  trimmed() {
    let { units, places } = this;
    while (places > 0 && units % 10n === 0n) {
      units /= 10n;
      places -= 1;
    }
    return new Decimal(units, places);
  }

  toString() {
    const digits = String(magnitude(this.units)).padStart(this.places + 1, "0");
    const cut = digits.length - this.places;
    const text = this.places ? `${digits.slice(0, cut)}.${digits.slice(cut)}` : digits;
    return this.units < 0n ? `-${text}` : text;
  }
}
