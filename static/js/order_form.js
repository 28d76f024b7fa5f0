/** The rules of the ticket: what its fields mean as an order, and what is missing. Pure. */

import { Decimal } from "./decimal.js";
import * as format from "./format.js";
import { orderWords, timeInForceWord } from "./words.js";

const HUNDRED = Decimal.parse("100");
const ONE = Decimal.parse("1");
const SHARE_PLACES = 4; // shares bought for an amount of dollars; typed shares may have 9

/** Read what a person types: "1,000", "$ 250.50". Null when it is not a number. */
export function readNumber(text) {
  return Decimal.parse(String(text).replace(/[\s,$%]/g, ""));
}

/** The price an order is sized at: its limit, or the side of the quote it would take. */
export function referencePrice(form, tick) {
  if (form.type === "limit") return readNumber(form.limitPrice);
  const taken = form.side === "buy" ? tick?.ap : tick?.bp;
  return Decimal.from(taken ?? tick?.lp);
}

const mayBeFractional = (form, asset) => form.timeInForce === "day" && asset?.fractionable === true;

/**
 * The most that can be ordered: {qty, words}; qty null when it cannot be known yet.
 * `reserveRatio` is what the server last kept aside per dollar of a buy (null: one to one).
 */
export function maximum(form, { tick, account, position, asset, reserveRatio = null }) {
  const held = Decimal.from(position?.qty) ?? Decimal.ZERO;
  const available = Decimal.from(position?.qty_available)?.abs() ?? Decimal.ZERO;
  if (form.side === "sell" && held.sign > 0) return { qty: available, words: "held" };
  if (form.side === "buy" && held.sign < 0) return { qty: available, words: "to cover" };
  if (form.side === "sell" && !(account?.shorting_enabled && asset?.shortable)) {
    return { qty: Decimal.ZERO, words: "held" };
  }
  const reference = referencePrice(form, tick);
  const power = Decimal.from(account?.buying_power);
  if (reference === null || reference.sign <= 0 || power === null) return { qty: null, words: "" };
  const perShare = reference.times(reserveRatio ?? ONE);
  const whole = power.sign < 0 ? Decimal.ZERO : power.dividedBy(perShare, 0, "down");
  return { qty: whole, words: "max" };
}

function sharesFor(form, entered, context) {
  if (form.unit === "shares") return entered.trimmed();
  const canSplit = mayBeFractional(form, context.asset);
  if (form.unit === "percent") {
    const most = maximum(form, context).qty;
    return most && most.times(entered).dividedBy(HUNDRED, canSplit ? SHARE_PLACES : 0, "down").trimmed();
  }
  const reference = referencePrice(form, context.tick);
  if (reference === null || reference.sign <= 0) return null;
  return entered.dividedBy(reference, canSplit ? SHARE_PLACES : 0, "down").trimmed();
}

function quantityProblem(form, entered, qty, context) {
  if (String(form.amount).trim() === "") return "Enter a quantity.";
  if (entered === null) return "Quantity must be a number.";
  if (entered.sign <= 0) return "Quantity must be more than zero.";
  if (form.unit === "percent" && entered.compare(HUNDRED) > 0) return "At most 100 %.";
  if (qty === null) return "There is no price yet to turn this into shares.";
  if (qty.sign <= 0) return "That is less than one share.";
  if (qty.places > 9) return "At most 9 decimals of a share.";
  if (qty.places > 0 && form.timeInForce !== "day") return "Fractions of a share need time in force Day.";
  if (qty.places > 0 && context.asset?.fractionable === false) return `${form.symbol} trades in whole shares only.`;
  return null;
}

function priceProblem(form) {
  if (form.type !== "limit") return null;
  const limit = readNumber(form.limitPrice);
  if (String(form.limitPrice).trim() === "") return "Enter a limit price.";
  if (limit === null) return "Limit price must be a number.";
  if (limit.sign <= 0) return "Limit price must be more than zero.";
  const places = format.pricePlaces(limit);
  if (limit.trimmed().places > places) {
    return places === 2 ? "Prices from $1.00 move in cents." : "Prices below $1.00 have at most 4 decimals.";
  }
  return null;
}

/**
 * Read the ticket: {qty, problems: [{field, message}], order}. `order` is the body of the request
 * without its client_order_id, and null while there is a problem.
 */
export function readTicket(form, context) {
  const entered = readNumber(form.amount);
  const qty = entered === null ? null : sharesFor(form, entered, context);
  const problems = [
    { field: "amount", message: quantityProblem(form, entered, qty, context) },
    { field: "limitPrice", message: priceProblem(form) },
  ].filter(({ message }) => message !== null);
  if (problems.length > 0) return { qty, problems, order: null };
  const order = {
    symbol: form.symbol,
    side: form.side,
    type: form.type,
    time_in_force: form.timeInForce,
    qty: qty.toString(),
  };
  if (form.type === "limit") order.limit_price = readNumber(form.limitPrice).toString();
  return { qty, problems, order };
}

/** The button: the whole order in words, or what to do next. */
export function buttonWords(form, { order, problems }) {
  if (!form.symbol) return "Choose a symbol first";
  if (!order) return problems[0].message.replace(/\.$/, "");
  const lasting = order.time_in_force === "day" ? "" : ` · ${timeInForceWord(order.time_in_force)}`;
  return `${orderWords(order)}${lasting}`;
}

/** One tick up or down from a price, as text. */
export function stepPrice(text, direction) {
  const now = readNumber(text);
  if (now === null) return text;
  const places = format.pricePlaces(now);
  const step = new Decimal(BigInt(direction), places);
  const next = now.plus(step);
  return next.sign > 0 ? next.toPlaces(places).toString() : text;
}

/** "bid", "mid" or "ask" of a tick as the text of a limit price; null when unknown. */
export function presetPrice(name, tick) {
  const bid = Decimal.from(tick?.bp);
  const ask = Decimal.from(tick?.ap);
  const chosen = { bid, ask, mid: bid && ask && bid.plus(ask).dividedBy(Decimal.parse("2"), 8) }[name];
  return chosen ? chosen.toPlaces(format.pricePlaces(chosen), "down").toString() : null;
}
