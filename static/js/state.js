/** What the dashboard knows, and how each message changes it. Pure: old state and message in, new state out. */

import { isOpen } from "./words.js";

const STALE_AFTER_MS = 60_000;

/** The state before any message. `skewMs`: this browser's clock minus the server's; `wanted`: a symbol. */
export function initialState({ account, feed, watchlist, skewMs, wanted = null }) {
  const selected = watchlist.includes(wanted) ? wanted : watchlist[0] ?? null;
  return {
    account,
    accountSeq: null,
    accountError: null,
    positions: null,
    orders: null,
    feed,
    ticks: {},
    book: null,
    watchlist,
    assets: {},
    clock: null,
    selected,
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

export const applyAssets = (state, assets) => ({ ...state, assets: keyedBy("symbol", assets) });

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

const bySubmission = (a, b) => (a.submitted_at < b.submitted_at ? 1 : -1);

/** Working orders, newest first; null while unknown. */
export function openOrders(state) {
  return state.orders && Object.values(state.orders).filter(isOpen).sort(bySubmission);
}

/** Orders that are over, newest first; null while unknown. */
export function closedOrders(state) {
  return state.orders && Object.values(state.orders).filter((order) => !isOpen(order)).sort(bySubmission);
}

/** The symbol `step` rows from the selected one, held at both ends. */
export function neighbour(state, step) {
  const index = state.watchlist.indexOf(state.selected) + step;
  return state.watchlist[Math.max(0, Math.min(state.watchlist.length - 1, index))] ?? null;
}
