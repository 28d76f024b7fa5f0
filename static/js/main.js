/** The dashboard: makes the store, opens the links, hangs the panels on it. */

import { linkAccount } from "./account_link.js";
import { showAccount } from "./account_strip.js";
import { announce } from "./announce.js";
import { showBook } from "./book.js";
import { cancelAll } from "./cancel_all.js";
import { showChart } from "./chart.js";
import { showConnection } from "./connection.js";
import { byId } from "./dom.js";
import { followHalts } from "./halts.js";
import * as http from "./http.js";
import { Instruments, isSymbol } from "./instruments.js";
import { pageOwner } from "./kept.js";
import { KeptSymbols } from "./kept_symbols.js";
import { startKeyboard } from "./keyboard.js";
import { cancelOrder, showOrders } from "./orders.js";
import { closeSheet, openSheet, openView, startPhone } from "./phone.js";
import { Place } from "./place.js";
import { showPositions } from "./positions.js";
import { showQuote } from "./quote_head.js";
import { linkQuotes } from "./quotes_link.js";
import { Rows } from "./rows.js";
import { Search } from "./search.js";
import { Selection, symbolInAddress } from "./selection.js";
import { initialState, neighbour, openOrders } from "./state.js";
import { Store } from "./store.js";
import { openTab, startTabs } from "./tabs.js";
import { Ticket } from "./ticket.js";
import { showWatchlist } from "./watchlist.js";
import { orderWords } from "./words.js";

const CLOCK_MS = 30_000;

const boot = JSON.parse(byId("boot").textContent);
const place = new Place();
const { symbol: lastSymbol } = place.read();
// As if the link had named it: it is looked up and told of in the same way.
if (!location.hash && isSymbol(lastSymbol ?? "")) history.replaceState(null, "", `#${lastSymbol}`);
const store = new Store(initialState({
  ...boot, skewMs: Date.now() - boot.server_time_ms, wanted: symbolInAddress(),
}));
const quotes = linkQuotes(store);
const account = linkAccount(store);
const instruments = new Instruments(store);
const kept = new KeptSymbols({ user: pageOwner() });
const rows = new Rows(store, { quotes, instruments, kept });
const selection = new Selection(store, { rows, instruments });
const ticket = new Ticket(store);
for (const act of ["input", "click"]) ticket.form.addEventListener(act, () => selection.hold());

/** Open the ticket, for another symbol if the order names one. */
async function openTicket(order) {
  selection.hold();
  if (order.symbol && !(await selection.open(order.symbol))) return;
  openSheet();
  ticket.fill(order);
}

function selectAndShow(symbol) {
  selection.select(symbol);
  if (document.body.dataset.view !== "trade") openView("trade");
}

function closePosition(symbol) {
  if (!selection.select(symbol)) return;
  openSheet();
  ticket.fillClose(symbol);
}

/** "sell all aapl": the ticket is filled with the way out, and says so if there is nothing to sell. */
function closeTyped(symbol) {
  if (store.state.positions?.[symbol]) closePosition(symbol);
  else announce(`You hold no ${symbol}.`, "bad");
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
  announce(`Press c again to cancel: ${orderWords(newest)}.`, "plain", { key: newest.id }); // what comes of it takes its place
}

async function readClock() {
  try {
    const clock = await http.getClock();
    store.change((state) => ({ ...state, clock }), "clock");
  } catch {
    // The connection's own line says that the server is away; the clock is asked again anyway.
  }
}

const help = byId("help");
const search = new Search(store, {
  select: (asset) => {
    instruments.remember([asset]);
    selectAndShow(asset.symbol);
  },
  fill: openTicket,
  close: closeTyped,
  cancelAll: (symbol) => cancelAll(store, symbol),
  help: () => help.showModal(),
});

showConnection(store, {
  retry: () => {
    quotes.retryNow();
    account.retryNow();
  },
});
showAccount(store);
showWatchlist(store, { select: selectAndShow, remove: (symbol) => selection.remove(symbol) });
showQuote(store);
followHalts(store);
showBook(store, {
  usePrice: (name) => {
    selection.hold();
    openSheet();
    ticket.usePrice(name);
  },
  follow: (symbol) => quotes.send({ action: "book", symbol }),
});
showChart(store, { place });
store.on(["selected"], ({ selected }) => place.keep({ symbol: selected }));
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
  ArrowDown: () => selection.select(neighbour(store.state, 1)),
  ArrowUp: () => selection.select(neighbour(store.state, -1)),
  Escape: () => {
    ticket.leave();
    closeSheet();
  },
});

document.addEventListener("click", ({ target }) => {
  const action = target.closest("[data-action]")?.dataset.action;
  if (action === "help") help.showModal();
  if (action === "search") search.open();
});

readClock();
setInterval(readClock, CLOCK_MS);
