/** Live values of positions and of the account, computed exactly from the newest prices. Pure. */

import { Decimal } from "./decimal.js";

const TWO = Decimal.parse("2");

/**
 * The price a position is valued at: last trade, else mid, else what the server last used; or null.
 * Zero of the server is its word that the holding is written down: no live price beats it.
 */
export function markOf(tick, fallback) {
  if (Decimal.from(fallback)?.sign === 0) return Decimal.ZERO;
  if (tick?.lp != null) return Decimal.from(tick.lp);
  if (tick?.bp != null && tick?.ap != null) {
    return Decimal.from(tick.bp).plus(Decimal.from(tick.ap)).dividedBy(TWO, 8);
  }
  return Decimal.from(fallback);
}

/**
 * A position valued at its mark: {qty, mark, value, dayPl, totalPl}, Decimals, null when unknown.
 * The day's result starts from the server's, which knows when each share was bought.
 */
export function valuePosition(position, tick) {
  const qty = Decimal.from(position.qty);
  const mark = markOf(tick, position.current_price);
  if (mark === null) return { qty, mark, value: null, dayPl: null, totalPl: null };
  const value = qty.times(mark);
  const before = Decimal.from(position.current_price);
  const dayPl = Decimal.from(position.unrealized_intraday_pl);
  return {
    qty,
    mark,
    value,
    dayPl: dayPl === null || before === null ? dayPl : dayPl.plus(mark.minus(before).times(qty)),
    totalPl: value.minus(Decimal.from(position.cost_basis)),
  };
}

const total = (values) =>
  (values.includes(null) ? null : values.reduce((sum, value) => sum.plus(value), Decimal.ZERO));

/** All positions together: {value, dayPl, totalPl}, each null when one of its parts is unknown. */
export function totalPositions(positions, ticks) {
  const parts = positions.map((position) => valuePosition(position, ticks[position.symbol]));
  return {
    value: total(parts.map(({ value }) => value)),
    dayPl: total(parts.map(({ dayPl }) => dayPl)),
    totalPl: total(parts.map(({ totalPl }) => totalPl)),
  };
}

/**
 * The account at live marks: {equity, dayPl, dayRatio}. Equity is cash plus every position's value;
 * with any mark unknown the server's own equity stands.
 */
export function valueAccount(account, positions, ticks) {
  const held = positions && totalPositions(Object.values(positions), ticks).value;
  const equity = held === null ? Decimal.from(account.equity) : Decimal.from(account.cash).plus(held);
  const before = Decimal.from(account.last_equity);
  const dayPl = before === null || equity === null ? null : equity.minus(before);
  return { equity, dayPl, dayRatio: dayPl === null ? null : dayPl.dividedBy(before, 6) };
}
