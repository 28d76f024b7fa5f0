/** Which indicators the chart offers, and the lines each draws. Pure. */

import * as format from "./format.js";
import { bollinger, ema, macd, rsi, sma, vwap } from "./indicators.js";

const OVERBOUGHT = 70;
const OVERSOLD = 30;

const closes = (bars) => bars.map(({ c }) => c);

/** The New York day of each bar's start; asked once per bar, since it is slow to work out. */
const days = new Map();
function dayOf(t) {
  if (!days.has(t)) days.set(t, format.day(t));
  return days.get(t);
}

const mean = (formula, period, tone) => (bars) => [{ tone, values: formula(closes(bars), period) }];

/**
 * key -> {words, pane, lines(bars)}. `pane` is "price" or a pane below the volume. A line has a
 * `tone` (which of the page's series colours) and, unless it is the only one, its own `words`.
 */
export const INDICATORS = {
  sma20: { words: "SMA 20", pane: "price", lines: mean(sma, 20, 1) },
  sma50: { words: "SMA 50", pane: "price", lines: mean(sma, 50, 2) },
  sma200: { words: "SMA 200", pane: "price", lines: mean(sma, 200, 3) },
  ema20: { words: "EMA 20", pane: "price", lines: mean(ema, 20, 4) },
  bollinger20: {
    words: "Bollinger 20, 2",
    pane: "price",
    lines: (bars) => {
      const { upper, middle, lower } = bollinger(closes(bars), 20, 2);
      return [
        { words: "Bollinger: upper", tone: 0, values: upper },
        { words: "middle", tone: 0, values: middle, isFaint: true },
        { words: "lower", tone: 0, values: lower },
      ];
    },
  },
  vwap: { words: "VWAP", pane: "price", lines: (bars) => [{ tone: 5, values: vwap(bars, dayOf) }] },
  rsi14: {
    words: "RSI 14",
    pane: "rsi",
    lines: (bars) => [{ tone: 2, values: rsi(closes(bars), 14), levels: [OVERSOLD, OVERBOUGHT] }],
  },
  macd: {
    words: "MACD 12, 26, 9",
    pane: "macd",
    lines: (bars) => {
      const { line, signal, histogram } = macd(closes(bars), 12, 26, 9);
      return [
        { words: "MACD: histogram", tone: 2, values: histogram, isHistogram: true },
        { words: "line", tone: 2, values: line },
        { words: "signal", tone: 1, values: signal },
      ];
    },
  },
};

/** The lines of the chosen indicators, each with a key of its own and its pane. */
export function linesOf(chosen, bars) {
  return chosen.flatMap((key) => {
    const { words, pane, lines } = INDICATORS[key];
    return lines(bars).map((line, index) => ({ words, ...line, key: `${key}.${index}`, pane }));
  });
}
