/** What the dashboard knows, and how each message changes it. Pure: old state and message in, new state out. */

import { Decimal } from "./decimal.js";
import { isOpen } from "./words.js";

const STALE_AFTER_MS = 60_000;
const QUOTE_STALE_AFTER_MS = 15_000; // a bid or offer is said of now: it ages faster than a last price
const ROWS_MAX = 500; // as many symbols as one connection of the quotes socket may follow

/**
 * The state before any message. `followed`: the instruments of the first rows; `skewMs`: this
 * browser's clock minus the server's; `wanted`: a symbol. Until it is known whether a wanted one
 * without a row exists, nothing is selected: an order must not go to another meanwhile.
 */
export function initialState({ account, feed, followed, skewMs, wanted = null, carried = null, limits = null }) {
  const symbols = followed.map(({ symbol }) => symbol);
  const isOpen = !wanted || symbols.includes(wanted);
  return {
    account,
    accountSeq: null,
    accountError: null,
    positions: null,
    orders: null,
    feed,
    carried, // the symbols of a recording, null where any may have prices
    ticks: {},
    book: null,
    followed: symbols,
    watchlist: symbols,
    assets: keyedBy("symbol", followed), // those that were seen
    clock: null,
    halts: null, // what keeps the rows from trading, see halts.js; null while unknown
    limits, // what the account's buys are limited by, in dollars and percent; null while unknown
    selected: isOpen ? wanted || (symbols[0] ?? null) : null,
    skewMs,
    quotesSocket: { status: "connecting", attempt: 0, retryAt: null },
    accountSocket: { status: "connecting", attempt: 0, retryAt: null },
  };
}

const keyedBy = (key, rows) => Object.fromEntries(rows.map((row) => [row[key], row]));

/** A whole account, from the socket's snapshot or (with seq null) read over HTTP. */
export function applySnapshot(state, { seq = null, account, positions, orders }) {
  return {
    ...state,
    account,
    accountSeq: seq,
    accountError: null,
    positions: keyedBy("symbol", positions),
    orders: keyedBy("id", orders),
  };
}

/**
 * One change of the account. Says `gap: true`, and changes nothing, when a message before it was
 * lost: then only a new snapshot is true. One already seen changes nothing either.
 */
export function applyUpdate(state, { seq, account, positions, orders }) {
  if (state.accountSeq === null || seq > state.accountSeq + 1) return { state, gap: true };
  if (seq <= state.accountSeq) return { state, gap: false };
  const next = {
    ...state,
    account: account ?? state.account,
    accountSeq: seq,
    positions: positions ? keyedBy("symbol", positions) : state.positions,
    orders: { ...state.orders, ...keyedBy("id", orders ?? []) },
  };
  return { state: next, gap: false };
}

/** How the account socket is. Closed, its sequence ends: the next one starts with a snapshot. */
export function applyAccountSocket(state, accountSocket) {
  const accountSeq = accountSocket.status === "open" ? state.accountSeq : null;
  return { ...state, accountSocket, accountSeq };
}

/** An order as an HTTP answer gave it. An older copy never overwrites what the socket brought. */
export function applyOrder(state, order) {
  const known = state.orders?.[order.id];
  if (known && known.updated_at > order.updated_at) return state;
  return { ...state, orders: { ...state.orders, [order.id]: order } };
}

/** Newest values by symbol; each tick is whole, so it replaces the one before. */
export function applyTicks(state, ticks) {
  return { ...state, ticks: { ...state.ticks, ...keyedBy("S", ticks) } };
}

/** Instruments as an answer told them, beside those that were seen before. */
export function applyAssets(state, assets) {
  return { ...state, assets: { ...state.assets, ...keyedBy("symbol", assets) } };
}

/** Rows for symbols that have none yet, as long as there is room. */
export function addRows(state, symbols) {
  return { ...state, watchlist: [...new Set([...state.watchlist, ...symbols])].slice(0, ROWS_MAX) };
}

/** What the account holds or has working orders in. */
export function accountSymbols(state) {
  const working = (openOrders(state) ?? []).map(({ symbol }) => symbol);
  return [...new Set([...Object.keys(state.positions ?? {}), ...working])];
}

/** The rows that may be taken away: not what is followed, nor what the account is in. */
export function removableRows(state) {
  const fixed = new Set([...state.followed, ...accountSymbols(state)]);
  return new Set(state.watchlist.filter((symbol) => !fixed.has(symbol)));
}

/** Take a row away if that may be; a selection moves to the row that takes its place. */
export function removeRow(state, symbol) {
  if (!removableRows(state).has(symbol)) return state;
  const index = state.watchlist.indexOf(symbol);
  const watchlist = state.watchlist.filter((other) => other !== symbol);
  const ticks = Object.fromEntries(Object.entries(state.ticks).filter(([other]) => other !== symbol));
  const selected = state.selected === symbol ? watchlist[index] ?? watchlist[index - 1] ?? null : state.selected;
  return { ...state, watchlist, ticks, selected };
}

/** Age of a symbol's last tick on the server's clock, ms; null when there is none. */
export function tickAge(state, symbol, nowMs) {
  const tick = state.ticks[symbol];
  return tick?.t == null ? null : Math.max(0, nowMs - state.skewMs - tick.t);
}

/** Live only while the socket is open, the feed is connected and the tick is young. */
export function isStale(state, symbol, nowMs) {
  const isConnected = state.quotesSocket.status === "open" && state.feed?.connected !== false;
  const milliseconds = tickAge(state, symbol, nowMs);
  return !isConnected || milliseconds === null || milliseconds > STALE_AFTER_MS;
}

/** Age of a symbol's quote on the server's clock, ms; null when there is none. Trades do not renew it. */
export function quoteAge(state, symbol, nowMs) {
  const tick = state.ticks[symbol];
  return tick?.qt == null ? null : Math.max(0, nowMs - state.skewMs - tick.qt);
}

/** Whether nobody may rely on a symbol's bid and offer: as `isStale`, or the quote alone stands still. */
export function isQuoteStale(state, symbol, nowMs) {
  const milliseconds = quoteAge(state, symbol, nowMs);
  return isStale(state, symbol, nowMs) || milliseconds === null || milliseconds > QUOTE_STALE_AFTER_MS;
}

const bySubmission = (a, b) => (a.submitted_at < b.submitted_at ? 1 : -1);

/** Working orders, newest first; null while unknown. */
export function openOrders(state) {
  return state.orders && Object.values(state.orders).filter(isOpen).sort(bySubmission);
}

/** Orders that are over, newest first; null while unknown. */
export function closedOrders(state) {
  return state.orders && Object.values(state.orders).filter((order) => !isOpen(order)).sort(bySubmission);
}

/** Shares of a symbol that open buys may still add: a Decimal. */
export function openBuyQty(state, symbol) {
  const leaves = (openOrders(state) ?? [])
    .filter((order) => order.side === "buy" && order.symbol === symbol && order.qty !== null)
    .map((order) => Decimal.from(order.qty).minus(Decimal.from(order.filled_qty)));
  return leaves.reduce((sum, qty) => sum.plus(qty), Decimal.ZERO);
}

/** The symbol `step` rows from the selected one, held at both ends. */
export function neighbour(state, step) {
  const index = state.watchlist.indexOf(state.selected) + step;
  return state.watchlist[Math.max(0, Math.min(state.watchlist.length - 1, index))] ?? null;
}
