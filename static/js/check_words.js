/** Risk checks in a person's words and units. Pure. */

import { Decimal } from "./decimal.js";
import * as format from "./format.js";

const dollars = (value) => format.money(value).replace(/\.00$/, "");
const priced = (value) => `$${format.price(value)}`;
const age = (value) => value.replace(/^(\d+) ms$/, (_, milliseconds) => `${Number(milliseconds) / 1000} s`);

/** What each check is called, and how its numbers are written. */
const CHECKS = {
  kill_switch: { name: "Trading is open to you", isYesOrNo: true },
  restricted_symbol: { name: "Symbol is allowed", isYesOrNo: true },
  trading_halt: { name: "Symbol trades" },
  delayed_source: { name: "Prices are live" },
  stale_quote: { name: "Quote is fresh", write: age },
  price_collar: { name: "Limit is near the market", write: priced },
  order_value: { name: "Order value", write: dollars },
  least_value: { name: "Least order value", write: dollars },
  shares_available: { name: "Shares to sell", write: format.quantity },
  buying_power: { name: "Buying power", write: dollars },
  position_limit: { name: "Position value", write: dollars },
  daily_loss: { name: "Result of the day", write: dollars },
};

/** "Order value"; a check that this page does not know keeps its own name. */
export const checkName = ({ name, code }) => CHECKS[name]?.name ?? (name ?? code ?? "").replaceAll("_", " ").toLowerCase();

/** A number of a check in its unit: "$250,000", "76.2 s"; words stay words, what has no number is empty. */
export function checkNumber({ name }, value) {
  if (value === null || value === undefined || value === "" || CHECKS[name]?.isYesOrNo) return "";
  const write = CHECKS[name]?.write;
  if (write === age) return age(value);
  return Decimal.parse(value) === null ? value : (write ?? format.quantity)(value);
}

/** "$1,830 of $250,000": what was measured and what bounds it. */
export function checkNumbers(check) {
  const measured = checkNumber(check, check.measured);
  const limit = checkNumber(check, check.limit);
  return measured !== "" && limit !== "" && measured !== limit ? `${measured} of ${limit}` : measured;
}

/** The check's own words: "order value $21,241,000 is above your limit of $250,000"; the styles begin it large. */
export const checkSentence = ({ message }) => message ?? "";
