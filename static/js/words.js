/** What the wire's words are called on screen. */

import * as format from "./format.js";
import { canceledWords } from "./order_reason.js";

const STATUS = {
  pending_new: "Sent",
  accepted: "Accepted",
  new: "Working",
  partially_filled: "Part filled",
  filled: "Filled",
  pending_cancel: "Canceling",
  canceled: "Canceled",
  rejected: "Refused",
  expired: "Expired",
};

const TIME_IN_FORCE = { day: "Day", gtc: "Until canceled", ioc: "Now or cancel", fok: "All or nothing" };

const SOURCE = {
  alpaca: "Alpaca",
  polygon: "Polygon",
  tiingo: "Tiingo",
  simulated: "Simulated",
  replay: "Replay",
};

const OPEN = new Set([
  "new", "accepted", "pending_new", "partially_filled", "held", "pending_cancel", "stopped",
  "suspended", "calculated", "done_for_day",
]);

const GOOD = new Set(["filled"]);
const BAD = new Set(["rejected"]);

/** Unknown words are shown as they came: hiding a status would be worse than an odd word. */
export const statusWord = (status) => STATUS[status] ?? status.replaceAll("_", " ");

/** "Alpaca"; of a feed of several sources, the best first: "Alpaca, Polygon". */
export const sourceWord = (name) => name.split(",").map((each) => SOURCE[each] ?? each).join(", ");

export const timeInForceWord = (timeInForce) => TIME_IN_FORCE[timeInForce] ?? timeInForce;

export const isOpen = (order) => OPEN.has(order.status);

/** "good", "bad", "open" or "done": how a status is coloured. */
export function statusTone(status) {
  if (GOOD.has(status)) return "good";
  if (BAD.has(status)) return "bad";
  return OPEN.has(status) ? "open" : "done";
}

export const sideWord = (side) => (side === "buy" ? "Buy" : "Sell");

/** "Limit 183.02" or "Market" */
export function priceWord({ type, limit_price: limit = null }) {
  return type === "limit" ? `Limit ${format.price(limit)}` : "Market";
}

/** "Buy 100 IBM · Limit 183.02" */
export function orderWords(order) {
  const size = order.qty == null ? format.money(order.notional) : format.quantity(order.qty);
  return `${sideWord(order.side)} ${size} ${order.symbol} · ${priceWord(order)}`;
}

/** "Buy 100 IBM · Limit 183.02 · Day": the whole order, with how long it lasts. */
export const orderTerms = (order) => `${orderWords(order)} · ${timeInForceWord(order.time_in_force)}`;

/** What an account event means, as one sentence for the screen reader and the toast. */
export function eventSentence(event) {
  const shares = `${format.quantity(event.qty)} ${event.symbol}`;
  const did = event.side === "buy" ? "Bought" : "Sold";
  switch (event.event) {
    case "fill": return `${did} ${shares} at ${format.tradePrice(event.price)}. Order complete.`;
    case "partial_fill": return `${did} ${shares} at ${format.tradePrice(event.price)}. The rest is working.`;
    case "canceled": return `${canceledWords(event)}: ${sideWord(event.side).toLowerCase()} ${shares}.`;
    case "expired": return `Expired unfilled: ${sideWord(event.side).toLowerCase()} ${shares}.`;
    case "rejected": return `Refused: ${sideWord(event.side).toLowerCase()} ${shares}.`;
    default: return null;
  }
}
