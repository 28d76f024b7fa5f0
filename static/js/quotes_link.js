/** Keeps the prices of the watchlist and the feed's own state fresh over the quotes socket. */

import { announce } from "./announce.js";
import { LiveSocket } from "./sockets.js";
import * as state from "./state.js";

/** Start the link. Every (re)connection asks for the whole watchlist and the book again. */
export function linkQuotes(store) {
  const onMessage = (message) => {
    if (message.type === "ticks") {
      store.change((now) => state.applyTicks(now, message.data), "ticks");
    } else if (message.type === "book") {
      store.change((now) => ({ ...now, book: message }), "book");
    } else if (message.type === "feed") {
      store.change((now) => ({ ...now, feed: message.feed }), "feed", "connection");
    } else if (message.type === "error") {
      announce(message.message, "bad");
    }
  };
  const socket = new LiveSocket({
    path: "/ws/quotes",
    onMessage,
    onState: (quotesSocket) => store.change((now) => ({ ...now, quotesSocket }), "connection"),
    onOpen: () => {
      socket.send({ action: "subscribe", symbols: store.state.watchlist });
      socket.send({ action: "book", symbol: store.state.selected });
    },
  });
  return socket;
}
