/** Calls to the platform's own API: JSON both ways, the session's cookie, errors with their reasons. */

import { pageOwner } from "./kept.js";

const TIMEOUT_MS = 10_000;

/** An answer that was not a success, or (status 0) no answer at all. */
export class ApiError extends Error {
  constructor({ status, code = null, message, violations = [], order_id: orderId = null }) {
    super(message);
    this.status = status;
    this.code = code;
    this.violations = violations;
    this.orderId = orderId; // a refused order is on the record too
  }
}

function cookie(name) {
  const pair = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return pair ? decodeURIComponent(pair.slice(name.length + 1)) : "";
}

function plainReason(status) {
  if (status === 0) return "The server did not answer.";
  if (status === 401) return "Your session has ended. Sign in again.";
  if (status === 403) return "This is not allowed, or your session has changed. Reload the page.";
  if (status === 429) return "Too many requests. Wait a moment, then try again.";
  return `The server answered with an error (${status}).`;
}

async function errorOf(response) {
  const { status } = response;
  const { message, ...rest } = await response.json().catch(() => ({}));
  // The API's own word, "unauthorized.", does not tell a person what to do.
  return new ApiError({ ...rest, message: (status !== 401 && message) || plainReason(status), status });
}

async function send(method, path, body) {
  const headers = { Accept: "application/json" };
  // The browser has one session, whoever signed in last: what this page sends is for its owner alone.
  if (pageOwner()) headers["X-Signed-In-As"] = pageOwner();
  if (method !== "GET") headers["X-CSRFToken"] = cookie("csrftoken");
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new ApiError({ status: 0, message: plainReason(0) });
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

async function call(method, path, body) {
  const response = await send(method, path, body);
  return response.status === 204 ? null : read(response);
}

const read = (response) => response.json().catch(() => {
  throw new ApiError({ status: 0, message: "The answer was cut off." });
});

export const getAccount = () => call("GET", "/v2/account");
export const listPositions = () => call("GET", "/v2/positions");
export const listOrders = ({ status, limit, symbols }) => {
  const query = new URLSearchParams({ status, limit });
  if (symbols) query.set("symbols", symbols);
  return call("GET", `/v2/orders?${query}`);
};
/** What was asked for, refusals too; `after` and `until` are New York days, the second one exclusive. */
export const listHistory = ({ status, symbols, after, until, limit }) => {
  const query = new URLSearchParams({ status, limit });
  for (const [name, value] of Object.entries({ symbols, after, until })) if (value) query.set(name, value);
  return call("GET", `/v2/orders:history?${query}`);
};
export const getClock = () => call("GET", "/v2/clock");
export const searchInstruments = (query) => call("GET", `/web/instruments?${new URLSearchParams({ query })}`);
export const listInstruments = (symbols) => call("GET", `/web/instruments?${new URLSearchParams({ symbols })}`);
/** What keeps this account from trading these symbols now, each {symbol (null: all), words, refuses}. */
export const listHalts = (symbols) => call("GET", `/web/halts?${new URLSearchParams({ symbols })}`);
export const placeOrder = (body) => call("POST", "/v2/orders", body);
export const previewOrder = (body) => call("POST", "/v2/orders:preview", body);
export const cancelOrder = (id) => call("DELETE", `/v2/orders/${id}`);
export const getOrder = (id) => call("GET", `/v2/orders/${id}`);
export const getOrderLife = (id) => call("GET", `/v2/orders/${id}:life`);
export const findByClientId = (clientOrderId) =>
  call("GET", `/v2/orders:by_client_order_id?${new URLSearchParams({ client_order_id: clientOrderId })}`);

/** The newest bars that are held, oldest first; `isPending`: older ones are being fetched. `start` is ISO 8601. */
export async function listBars({ symbol, timeframe, limit, start }) {
  // A split is no move of the market: bars before it are shown in today's shares.
  const query = new URLSearchParams({ timeframe, limit, start, sort: "desc", adjustment: "split", wait: "false" });
  const response = await send("GET", `/v2/stocks/${encodeURIComponent(symbol)}/bars?${query}`);
  const { bars } = await read(response);
  return { bars: (bars ?? []).reverse(), isPending: response.headers.has("X-History-Pending") };
}
