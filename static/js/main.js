/** The dashboard: makes the store, opens the links, hangs the panels on it. */

import { linkAccount } from "./account_link.js";
import { showAccount } from "./account_strip.js";
import { announce } from "./announce.js";
import { showBook } from "./book.js";
import { showChart } from "./chart.js";
import { showConnection } from "./connection.js";
import { byId } from "./dom.js";
import * as http from "./http.js";
import { startKeyboard } from "./keyboard.js";
import { cancelOrder, showOrders } from "./orders.js";
import { closeSheet, openSheet, openView, startPhone } from "./phone.js";
import { showPositions } from "./positions.js";
import { showQuote } from "./quote_head.js";
import { linkQuotes } from "./quotes_link.js";
import { Search } from "./search.js";
import { applyAssets, initialState, neighbour, openOrders } from "./state.js";
import { Store } from "./store.js";
import { openTab, startTabs } from "./tabs.js";
import { Ticket } from "./ticket.js";
import { revealSelected, showWatchlist } from "./watchlist.js";
import { orderWords } from "./words.js";

const CLOCK_MS = 30_000;
const ASSETS_RETRY_MS = 10_000;

const boot = JSON.parse(byId("boot").textContent);
const store = new Store(initialState({
  ...boot, skewMs: Date.now() - boot.server_time_ms, wanted: decodeURIComponent(location.hash.slice(1)),
}));
const quotes = linkQuotes(store);
const account = linkAccount(store);

function select(symbol) {
  const { state } = store;
  if (!symbol || symbol === state.selected) return;
  const isNew = !state.watchlist.includes(symbol);
  const watchlist = isNew ? [...state.watchlist, symbol] : state.watchlist;
  store.change((now) => ({ ...now, selected: symbol, watchlist }), "selected");
  history.replaceState(null, "", `#${symbol}`); // a reload, or a shared link, opens the same symbol
  if (isNew) quotes.send({ action: "subscribe", symbols: [symbol] });
}

window.addEventListener("hashchange", () => {
  const symbol = decodeURIComponent(location.hash.slice(1));
  if (store.state.watchlist.includes(symbol) || store.state.assets[symbol]) select(symbol);
});

const ticket = new Ticket(store);

function openTicket(order) {
  if (order.symbol && !store.state.assets[order.symbol] && !store.state.watchlist.includes(order.symbol)) {
    announce(`${order.symbol} is not traded here.`, "bad");
    return;
  }
  select(order.symbol);
  openSheet();
  ticket.fill(order);
}

function selectAndShow(symbol) {
  select(symbol);
  if (document.body.dataset.view !== "trade") openView("trade");
}

function closePosition(symbol) {
  select(symbol);
  openSheet();
  ticket.fillClose(symbol);
}

/** `c` on an order cancels it; elsewhere it goes to the newest working order first. */
function cancelByKey() {
  const focused = document.activeElement?.closest?.("[data-testid=working-order]");
  if (focused) {
    cancelOrder(store, focused.dataset.order);
    return;
  }
  const [newest] = openOrders(store.state) ?? [];
  if (!newest) {
    announce("There is no working order to cancel.");
    return;
  }
  openTab("orders");
  document.querySelector(`[data-order="${newest.id}"]`)?.focus();
  announce(`Press c again to cancel: ${orderWords(newest)}.`);
}

async function readClock() {
  try {
    const clock = await http.getClock();
    store.change((state) => ({ ...state, clock }), "clock");
  } catch {
    // The connection's own line says that the server is away; the clock is asked again anyway.
  }
}

async function readAssets() {
  try {
    const assets = await http.listAssets();
    store.change((state) => applyAssets(state, assets), "assets");
  } catch {
    setTimeout(readAssets, ASSETS_RETRY_MS); // symbols work without their names meanwhile
  }
}

const search = new Search(store, { select: selectAndShow, fill: openTicket });
const help = byId("help");

showConnection(store, {
  retry: () => {
    quotes.retryNow();
    account.retryNow();
  },
});
showAccount(store);
showWatchlist(store, { select: selectAndShow });
showQuote(store);
showBook(store, {
  usePrice: (name) => {
    openSheet();
    ticket.usePrice(name);
  },
  follow: (symbol) => quotes.send({ action: "book", symbol }),
});
showChart(store);
showPositions(store, { select: selectAndShow, close: closePosition });
showOrders(store);
startTabs();
startPhone({ trade: (side) => openTicket({ side }) });
startKeyboard({
  "/": () => search.open(),
  "?": () => help.showModal(),
  b: () => openTicket({ side: "buy" }),
  s: () => openTicket({ side: "sell" }),
  c: cancelByKey,
  ArrowDown: () => moveSelection(1),
  ArrowUp: () => moveSelection(-1),
  Escape: () => {
    ticket.leave();
    closeSheet();
  },
});

function moveSelection(step) {
  select(neighbour(store.state, step));
  requestAnimationFrame(revealSelected);
}

document.addEventListener("click", ({ target }) => {
  const action = target.closest("[data-action]")?.dataset.action;
  if (action === "help") help.showModal();
  if (action === "search") search.open();
});

readClock();
readAssets();
setInterval(readClock, CLOCK_MS);
