/** The rules of the ticket: what its fields mean as an order, and what is missing. Pure. */

import { Decimal } from "./decimal.js";
import * as format from "./format.js";
import { orderTerms, orderWords } from "./words.js";

const HUNDRED = Decimal.parse("100");
const SHARE_PLACES = 4; // shares bought for an amount of dollars; typed shares may have 9
const PRICE_PLACES = 8; // of the worst price that a market buy's reservation is worked out from

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

const HELD_WORDS = { sell: "held", buy: "to cover" };

/** What can be traded away of a position: {qty, words}; null if the order does not reduce one. */
function wayOut(form, { account, position, asset }) {
  const held = Decimal.from(position?.qty) ?? Decimal.ZERO;
  const available = Decimal.from(position?.qty_available)?.abs() ?? Decimal.ZERO;
  const reduces = form.side === "sell" ? held.sign > 0 : held.sign < 0;
  if (reduces) return { qty: available, words: HELD_WORDS[form.side] };
  const isShort = form.side === "sell" && !(account?.shorting_enabled && asset?.shortable);
  return isShort ? { qty: Decimal.ZERO, words: "held" } : null;
}

/** Dollars that a share of a buy keeps aside: its limit, or the offer and the margin for its moving. */
function keptPerShare(form, reference, limits) {
  if (form.type === "limit") return reference;
  const margin = Decimal.from(limits?.market_reserve_pct);
  return margin === null ? null : reference.times(HUNDRED.plus(margin)).dividedBy(HUNDRED, PRICE_PLACES, "down");
}

/** Shares that a limit in dollars lets through, at a price; null where there is no such limit. */
const sharesWithin = (dollars, px) => (dollars === null || dollars.sign < 0 ? null : dollars.dividedBy(px, 0, "down"));

const least = (numbers) => numbers.reduce((low, each) => (low === null || each.compare(low) < 0 ? each : low), null);

/**
 * The most of such an order that would be let through: {qty, amount, words}, in shares and in the form's
 * unit; both null when it cannot be known yet. `limits` are the server's: {market_reserve_pct, order_value, position_value}.
 */
export function maximum(form, context) {
  const most = mostShares(form, context);
  return { ...most, amount: most.qty && inUnit(form, most.qty, context) };
}

/** Shares in the form's unit: what sharesFor makes of it is that many again; null without a price. */
function inUnit(form, qty, { tick }) {
  if (form.unit === "percent") return qty.sign > 0 ? HUNDRED : Decimal.ZERO; // of what goes through
  return form.unit === "dollars" ? referencePrice(form, tick)?.times(qty) ?? null : qty;
}

function mostShares(form, context) {
  const { tick, account, position, limits, openBuyQty = Decimal.ZERO } = context;
  const reference = referencePrice(form, tick);
  const isPriced = reference !== null && reference.sign > 0;
  const px = isPriced ? sizingPrice(form, tick, reference) : null;
  const byValue = isPriced ? sharesWithin(Decimal.from(limits?.order_value), px) : null;
  const exit = wayOut(form, context);
  if (exit) return byValue !== null && byValue.compare(exit.qty) < 0 ? { qty: byValue, words: "max" } : exit;
  const power = Decimal.from(account?.buying_power);
  const perShare = isPriced ? keptPerShare(form, reference, limits) : null;
  if (perShare === null || power === null) return { qty: null, words: "" };
  const byPosition = sharesWithin(Decimal.from(limits?.position_value), px);
  const held = (Decimal.from(position?.qty) ?? Decimal.ZERO).plus(openBuyQty);
  const bounds = [sharesWithin(power, perShare) ?? Decimal.ZERO, byValue, byPosition?.minus(held).toPlaces(0, "down") ?? null];
  const most = least(bounds.filter((bound) => bound !== null));
  return { qty: most.sign < 0 ? Decimal.ZERO : most, words: "max" };
}

/** The price that the server's limits value an order at: the higher of its limit and the market. */
function sizingPrice(form, tick, reference) {
  const market = referencePrice({ ...form, type: "market" }, tick);
  return market !== null && market.compare(reference) > 0 ? market : reference;
}

/** Percent: of a position that is sold, of the buying power that is spent; never more than goes through. */
function sharesForPercent(form, entered, context, places) {
  const most = mostShares(form, context).qty;
  if (most === null) return null;
  const part = (whole) => whole.times(entered).dividedBy(HUNDRED, 12, "down");
  const exit = wayOut(form, context);
  if (exit) return least([part(exit.qty).toPlaces(places && exit.qty.places, "down"), most]); // 100 % leaves nothing
  const spent = part(Decimal.from(context.account.buying_power));
  return least([spent.dividedBy(referencePrice(form, context.tick), places, "down"), most]);
}

function sharesFor(form, entered, context) {
  if (form.unit === "shares") return entered.trimmed();
  const places = mayBeFractional(form, context.asset) ? SHARE_PLACES : 0;
  if (form.unit === "percent") return sharesForPercent(form, entered, context, places)?.trimmed() ?? null;
  const reference = referencePrice(form, context.tick);
  if (reference === null || reference.sign <= 0) return null;
  return entered.dividedBy(reference, places, "down").trimmed();
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
  const told = form.unit === "dollars" ? { ...order, qty: null, notional: readNumber(form.amount) } : order;
  return order.time_in_force === "day" ? orderWords(told) : orderTerms(told);
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
