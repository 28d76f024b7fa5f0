/** The selected symbol's numbers in the chart's heading. */

import { byId, flash, setSigned, setText } from "./dom.js";
import { Decimal } from "./decimal.js";
import * as format from "./format.js";
import { haltOf } from "./halts.js";
import { isNotRecorded, recordedWords } from "./replay.js";
import { isStale, tickAge } from "./state.js";
import { sourceWord } from "./words.js";

/** "from Alpaca"; of a replay the recorded moment, or that the symbol is not in it. */
function sourceWords(state, tick) {
  if (isNotRecorded(state, state.selected)) return `no ticks of ${state.selected} in this recording`;
  if (state.feed?.kind === "REPLAY") {
    const at = recordedWords(state.feed, Date.now() - state.skewMs);
    if (at) return `recorded ${at}`;
  }
  return tick?.src ? `from ${sourceWord(tick.src)}` : "";
}

function drawHead(state, tick, stale) {
  const { selected } = state;
  setText(byId("quote-symbol"), selected ?? format.UNKNOWN);
  setText(byId("quote-name"), state.assets[selected]?.name ?? "");
  setText(byId("quote-source"), sourceWords(state, tick));
  const halt = haltOf(state, selected);
  byId("quote-halt").hidden = halt === null;
  setText(byId("quote-halt-words"), halt ? format.sentence(halt.words) : "");
  const last = byId("quote-last");
  const before = last.dataset.price;
  const isSame = last.dataset.symbol === selected;
  if (setText(last, format.price(tick?.lp)) && isSame && before) flash(last, Math.sign(tick.lp - Number(before)));
  last.dataset.price = tick?.lp ?? "";
  last.dataset.symbol = selected ?? "";
  const ratio = format.changeRatio(tick?.pc, tick?.lp);
  const change = ratio === null ? null : Decimal.from(tick.lp).minus(Decimal.from(tick.pc));
  const words = ratio === null
    ? (tick ? "no previous close" : "")
    : `${format.signedPrice(change, format.pricePlaces(tick.lp))} ${format.signedPercent(ratio)}`;
  setSigned(byId("quote-change"), words, format.direction(change));
  byId("quote-head").classList.toggle("stale", stale);
  const age = byId("quote-age");
  const milliseconds = tickAge(state, selected, Date.now());
  age.hidden = !stale || !tick;
  if (tick) setText(age, milliseconds === null ? "No prices" : `Stale · ${format.age(milliseconds)} old`);
}

/** Draw it and keep it true. */
export function showQuote(store) {
  const draw = () => {
    const { state } = store;
    const tick = state.ticks[state.selected];
    drawHead(state, tick, isStale(state, state.selected, Date.now()));
    document.title = tick?.lp == null ? "Trade · Openbell" : `${state.selected} ${format.price(tick.lp)} · Openbell`;
  };
  store.on(["ticks", "selected", "assets", "connection", "halts"], draw);
  setInterval(draw, 1000);
}
