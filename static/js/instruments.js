/** Knows instruments by their symbols: those that were seen, the others from the server. */

import { listInstruments } from "./http.js";
import { applyAssets } from "./state.js";

const RETRY_MS = 10_000;

/** Whether a text can be a symbol at all. */
export const isSymbol = (text) => /^[A-Z0-9./-]{1,16}$/.test(text);

/** Whether orders in it are taken, as far as its listing says. */
export const isTraded = (asset) => asset?.tradable === true && asset.status === "active";

export class Instruments {
  constructor(store, { list = listInstruments } = {}) {
    this.store = store;
    this.list = list;
  }

  /** Take note of instruments that were seen elsewhere. */
  remember(assets) {
    this.store.change((now) => applyAssets(now, assets), "assets");
  }

  /** The instrument of a symbol, null when there is none. Throws an ApiError when nobody can say. */
  async find(symbol) {
    if (!isSymbol(symbol)) return null;
    if (!this.#seen(symbol)) this.remember(await this.list([symbol]));
    return this.#seen(symbol);
  }

  /** Get to know symbols, however often the server must be asked; they work without names meanwhile. */
  async learn(symbols) {
    const unknown = symbols.filter((symbol) => !this.#seen(symbol));
    if (unknown.length === 0) return;
    try {
      this.remember(await this.list(unknown));
    } catch {
      await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
      await this.learn(unknown);
    }
  }

  #seen(symbol) {
    return this.store.state.assets[symbol] ?? null;
  }
}
