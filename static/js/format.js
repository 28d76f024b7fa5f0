/** How numbers, times and ages are written on every screen. */

import { Decimal } from "./decimal.js";

export const UNKNOWN = "—";
const MINUS = "−";
const ONE_DOLLAR = Decimal.parse("1");
const MILLION = Decimal.parse("1000000");

function grouped(decimal) {
  const [whole, fraction] = decimal.abs().toString().split(".");
  const digits = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? digits : `${digits}.${fraction}`;
}

function written(value, { places, prefix = "", plus = false, trim = false }) {
  const exact = Decimal.from(value);
  if (exact === null) return UNKNOWN;
  const decimal = places === undefined ? exact : exact.toPlaces(places);
  const sign = decimal.sign < 0 ? MINUS : plus && decimal.sign > 0 ? "+" : "";
  return `${sign}${prefix}${grouped(trim ? decimal.trimmed() : decimal)}`;
}

/** $1,234.56 */
export const money = (value) => written(value, { places: 2, prefix: "$" });

/** +$1,234.56, −$12.00, $0.00 */
export const signedMoney = (value) => written(value, { places: 2, prefix: "$", plus: true });

/** 1,234.56: dollars in a column whose heading says so */
export const amount = (value) => written(value, { places: 2 });

export const signedAmount = (value) => written(value, { places: 2, plus: true });

/** Places of a price by its tick: cents from a dollar up, hundredths of a cent below. */
export function pricePlaces(value) {
  const decimal = Decimal.from(value);
  return decimal === null || decimal.abs().compare(ONE_DOLLAR) >= 0 ? 2 : 4;
}

export const price = (value) => written(value, { places: pricePlaces(value) });

/** A price with all the places it has, and no fewer than its tick. */
export function exactPrice(value) {
  const decimal = Decimal.from(value)?.trimmed() ?? null;
  return written(decimal, { places: Math.max(pricePlaces(decimal), decimal?.places ?? 0) });
}

/** A price something traded at, in a sentence: exact to a hundredth of a cent. */
export const tradePrice = (value) => exactPrice(Decimal.from(value)?.toPlaces(4) ?? null);

/** Average costs are quotients: two places more than the price they average. */
export const averagePrice = (value) => written(value, { places: 4 });

export function signedPrice(value, places = 2) {
  return written(value, { places, plus: true });
}

/** Shares, with as many places as they have and no more. */
export const quantity = (value) => written(value, { trim: true });

/** Shares where room is scarce: whole up to a million, then 30.23M. */
export function compactQuantity(value) {
  const shares = Decimal.from(value);
  if (shares === null || shares.abs().compare(MILLION) < 0) return quantity(shares);
  return `${written(shares.dividedBy(MILLION, 2), { places: 2 })}M`;
}

/** A sentence's first letter in capitals: the server's reasons are parts of sentences. */
export const sentence = (text) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

/** A ratio such as 0.0117 as +1.17%. */
export function signedPercent(ratio) {
  const decimal = Decimal.from(ratio);
  if (decimal === null) return UNKNOWN;
  return `${written(decimal.times(Decimal.parse("100")), { places: 2, plus: true })}%`;
}

/** Change from a to b as a ratio of a, to a hundredth of a percent; null when either is unknown. */
export function changeRatio(from, to) {
  const before = Decimal.from(from);
  const after = Decimal.from(to);
  if (before === null || after === null) return null;
  return after.minus(before).dividedBy(before, 4);
}

/** "up", "down" or "flat": the class that colours a signed number. */
export function direction(value) {
  const decimal = Decimal.from(value);
  if (decimal === null || decimal.sign === 0) return "flat";
  return decimal.sign > 0 ? "up" : "down";
}

/** How long ago, in the largest whole unit: "4 s", "3 min", "2 h", "5 d". */
export function age(milliseconds) {
  if (milliseconds === null || !Number.isFinite(milliseconds)) return UNKNOWN;
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

const NEW_YORK = { timeZone: "America/New_York", hourCycle: "h23" };
const TIME = new Intl.DateTimeFormat("en-US", {
  ...NEW_YORK, hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const EXACT = new Intl.DateTimeFormat("en-US", {
  ...NEW_YORK, hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3,
});
const MINUTE = new Intl.DateTimeFormat("en-US", { ...NEW_YORK, hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-US", { ...NEW_YORK, month: "short", day: "numeric" });
const MONTH = new Intl.DateTimeFormat("en-US", { ...NEW_YORK, month: "short" });
const YEAR = new Intl.DateTimeFormat("en-US", { ...NEW_YORK, year: "numeric" });
const DATE = new Intl.DateTimeFormat("en-US", { ...NEW_YORK, year: "numeric", month: "short", day: "numeric" });
const WEEKDAY = new Intl.DateTimeFormat("en-US", { ...NEW_YORK, weekday: "short" });

const instant = (value) => {
  const date = value === null || value === undefined ? null : new Date(value);
  return date === null || Number.isNaN(date.getTime()) ? null : date;
};

/** 15:02:11 in New York, the time the exchange keeps. */
export const time = (value) => (instant(value) ? TIME.format(instant(value)) : UNKNOWN);

/** 15:02:11.042 in New York: to the millisecond. */
export const exactTime = (value) => (instant(value) ? EXACT.format(instant(value)) : UNKNOWN);

/** 15:02 in New York. */
export const minute = (value) => (instant(value) ? MINUTE.format(instant(value)) : UNKNOWN);

/** Nov 24 in New York. */
export const day = (value) => (instant(value) ? DAY.format(instant(value)) : UNKNOWN);

/** Nov in New York. */
export const month = (value) => (instant(value) ? MONTH.format(instant(value)) : UNKNOWN);

/** 2026 in New York. */
export const year = (value) => (instant(value) ? YEAR.format(instant(value)) : UNKNOWN);

/** Nov 24, 2026 in New York. */
export const date = (value) => (instant(value) ? DATE.format(instant(value)) : UNKNOWN);

/** Nov 24, 15:02:11 in New York. */
export const dateTime = (value) => (instant(value) ? `${day(value)}, ${time(value)}` : UNKNOWN);

/** Mon 09:30 ET */
export function opening(value) {
  const at = instant(value);
  return at ? `${WEEKDAY.format(at)} ${MINUTE.format(at)} ET` : UNKNOWN;
}
