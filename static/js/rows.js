/** Which rows the watchlist has: followed instruments, what the account is in, what the trader added. */

import { accountSymbols, addRows, removeRow } from "./state.js";

export class Rows {
  /** `quotes` is the socket that prices come over, `kept` where the trader's own rows are kept. */
  constructor(store, { quotes, instruments, kept }) {
    this.store = store;
    this.quotes = quotes;
    this.instruments = instruments;
    this.kept = kept;
    store.on(["positions", "orders"], (state) => this.instruments.learn(this.#add(accountSymbols(state))));
    this.#restore();
  }

  /** A row for a symbol that the trader chose. False when there is no room for one. */
  choose(symbol) {
    if (this.store.state.watchlist.includes(symbol)) return true;
    if (this.#add([symbol]).length === 0) return false;
    for (const oldest of this.kept.add(symbol)) this.#drop(oldest);
    return true;
  }

  /** Take away a row that the trader added. */
  remove(symbol) {
    this.kept.remove(symbol);
    this.#drop(symbol);
  }

  /** Kept rows come back once the server has said that it still knows them. */
  async #restore() {
    const symbols = this.kept.list();
    await this.instruments.learn(symbols);
    const { assets } = this.store.state;
    for (const symbol of symbols.filter((each) => !assets[each])) this.kept.remove(symbol);
    this.#add(symbols.filter((each) => assets[each]));
  }

  #add(symbols) {
    const before = new Set(this.store.state.watchlist);
    if (symbols.every((symbol) => before.has(symbol))) return [];
    this.store.change((now) => addRows(now, symbols), "watchlist");
    const added = this.store.state.watchlist.filter((symbol) => !before.has(symbol));
    if (added.length > 0) this.quotes.send({ action: "subscribe", symbols: added });
    return added;
  }

  #drop(symbol) {
    const before = this.store.state;
    const after = removeRow(before, symbol);
    if (after === before) return;
    const isMoved = after.selected !== before.selected;
    this.store.change(() => after, "watchlist", ...(isMoved ? ["selected"] : []));
    this.quotes.send({ action: "unsubscribe", symbols: [symbol] });
  }
}
