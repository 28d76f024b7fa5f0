/** What is halted, by the exchange or by the firm: asked again and again, told when it begins and ends. */

import { announce } from "./announce.js";
import { sentence } from "./format.js";
import { listHalts } from "./http.js";

const BETWEEN_MS = 5000;

const binds = (symbol) => (halt) => halt.symbol === null || halt.symbol === symbol;

/** The halt that keeps a symbol from trading, one that refuses orders first; null where none does or it is not known. */
export function haltOf({ halts }, symbol) {
  const mine = (halts ?? []).filter(binds(symbol));
  return mine.find(({ refuses }) => refuses) ?? mine[0] ?? null;
}

/** What there is to tell between two answers: [{key, words}]; nothing after the first one. */
export function haltNews(before, now) {
  if (before === null) return [];
  const has = (halts, { words }) => halts.some((other) => other.words === words);
  const key = ({ symbol }) => `halt ${symbol ?? ""}`;
  const begun = now.filter((halt) => !has(before, halt)).map((halt) => ({ key: key(halt), words: `${sentence(halt.words)}.` }));
  const ended = before.filter((halt) => !has(now, halt) && !now.some(binds(halt.symbol)))
    .map((halt) => ({ key: key(halt), words: `${sentence(halt.words.replace(/ is halted.*$/, " has resumed"))}.` }));
  return [...begun, ...ended];
}

/** Keep `halts` of the state true for the rows of the watchlist. */
export function followHalts(store) {
  let asked = "";
  const ask = async () => {
    const { watchlist } = store.state;
    if (document.visibilityState !== "visible" || watchlist.length === 0) return;
    asked = watchlist.join();
    let now;
    try {
      now = await listHalts(asked);
    } catch {
      return; // what was last known stands until the server answers again
    }
    const known = store.state.halts;
    for (const { key, words } of haltNews(known, now)) announce(words, "plain", { key });
    if (JSON.stringify(known) !== JSON.stringify(now)) store.change((state) => ({ ...state, halts: now }), "halts");
  };
  store.on(["watchlist"], ({ watchlist }) => watchlist.join() !== asked && ask());
  document.addEventListener("visibilitychange", ask);
  setInterval(ask, BETWEEN_MS);
}
