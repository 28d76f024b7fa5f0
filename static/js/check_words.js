/** Risk checks in a person's words and units, as risk/words.py says them on the staff's pages. Pure. */

import { Decimal } from "./decimal.js";
import * as format from "./format.js";

const dollars = (value) => format.money(value).replace(/\.00$/, "");
const rounded = (rounding) => (value) => dollars(Decimal.parse(value).toPlaces(2, rounding));
const priced = (value) => `$${format.exactPrice(value)}`;
const age = (value) => value.replace(/^(\d+) ms$/, (_, milliseconds) => `${Number(milliseconds) / 1000} s`);

/**
 * What each check is called, and how its numbers are written. What is measured against a bound is rounded
 * as the check's sentence rounds it: what is above is never shown as equal.
 */
const CHECKS = {
  kill_switch: { name: "Trading is open to you", isYesOrNo: true },
  restricted_symbol: { name: "Symbol is allowed", isYesOrNo: true },
  trading_halt: { name: "Symbol trades" },
  delayed_source: { name: "Prices are live" },
  stale_quote: { name: "Quote is fresh", write: age },
  price_collar: { name: "Limit is near the market", write: priced },
  order_value: { name: "Order value", write: dollars, writeMeasured: rounded("up") },
  least_value: { name: "Least order value", write: dollars, writeMeasured: rounded("down") },
  shares_available: { name: "Shares to sell", write: format.quantity },
  buying_power: { name: "Buying power", write: dollars },
  position_limit: { name: "Position value", write: dollars, writeMeasured: rounded("up") },
  daily_loss: { name: "Result of the day", write: dollars },
};

/** "Order value"; a check that this page does not know keeps its own name. */
export const checkName = ({ name, code }) => CHECKS[name]?.name ?? (name ?? code ?? "").replaceAll("_", " ").toLowerCase();

/** A number of a check in its unit: "$250,000", "76.2 s"; words stay words, what has no number is empty. */
function written({ name }, value, write = format.quantity) {
  if (value === null || value === undefined || value === "" || CHECKS[name]?.isYesOrNo) return "";
  if (write === age) return age(value);
  return Decimal.parse(value) === null ? value : write(value);
}

export const measuredWords = (check) => written(check, check.measured, CHECKS[check.name]?.writeMeasured ?? CHECKS[check.name]?.write);

export const limitWords = (check) => written(check, check.limit, CHECKS[check.name]?.write);

/** "$1,830 of $250,000": what was measured and what bounds it. */
export function checkNumbers(check) {
  const measured = measuredWords(check);
  const limit = limitWords(check);
  return measured !== "" && limit !== "" && measured !== limit ? `${measured} of ${limit}` : measured;
}

/** The check's own words: "order value $21,241,000 is above your limit of $250,000"; the styles begin it large. */
export const checkSentence = ({ message }) => message ?? "";
