/** Keeps the account true: the socket's snapshot and updates, and plain HTTP while it is down. */

import { announce } from "./announce.js";
import * as http from "./http.js";
import { LiveSocket } from "./sockets.js";
import * as state from "./state.js";
import { orderSentence, sentenceTone } from "./words.js";

const POLL_MS = 5000;
const RECENT_LIMIT = 50;
const TOPICS = ["account", "positions", "orders"];

/** One line for each order that something happened to, however many events it was. */
function tellOrders({ events, orders }) {
  const happened = new Set((events ?? []).map(({ order_id: id }) => id));
  for (const order of (orders ?? []).filter(({ id }) => happened.has(id))) {
    const sentence = orderSentence(order);
    if (sentence) announce(sentence, sentenceTone(order), { key: order.id });
  }
}

/** Read everything over HTTP. With no socket this is the only truth, and it says so by seq null. */
async function readAll(store) {
  try {
    const [account, positions, orders] = await Promise.all([
      http.getAccount(),
      http.listPositions(),
      http.listOrders({ status: "all", limit: RECENT_LIMIT }),
    ]);
    if (store.state.accountSocket.status === "open" && store.state.accountSeq !== null) return;
    store.change((now) => state.applySnapshot(now, { account, positions, orders }), ...TOPICS);
  } catch (error) {
    store.change((now) => ({ ...now, accountError: error.message }), ...TOPICS);
  }
}

/** Start the link. */
export function linkAccount(store) {
  const onMessage = (message) => {
    if (message.type === "snapshot") {
      store.change((now) => state.applySnapshot(now, message), ...TOPICS);
    } else if (message.type === "update") {
      const { state: next, gap } = state.applyUpdate(store.state, message);
      if (gap) {
        socket.send({ action: "resync" });
        return;
      }
      store.change(() => next, ...TOPICS);
      tellOrders(message);
    }
  };
  const onState = (accountSocket) => {
    store.change((now) => state.applyAccountSocket(now, accountSocket), "connection", ...TOPICS);
  };
  const socket = new LiveSocket({ path: "/ws/account", onMessage, onState });
  setInterval(() => {
    const isDown = !["open", "ended"].includes(store.state.accountSocket.status);
    if (isDown && navigator.onLine) readAll(store);
  }, POLL_MS);
  return socket;
}
