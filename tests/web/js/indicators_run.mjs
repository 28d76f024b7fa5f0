/** Prints the chart's indicators of the bars on standard input, as JSON. */

import { readFileSync } from "node:fs";

import { bollinger, ema, macd, rsi, sma, vwap } from "../../../static/js/indicators.js";

const bars = JSON.parse(readFileSync(0, "utf8"));
const closes = bars.map(({ c }) => c);
const bands = bollinger(closes, 20, 2);
const lines = macd(closes, 12, 26, 9);
process.stdout.write(JSON.stringify({
  sma20: sma(closes, 20),
  sma50: sma(closes, 50),
  sma200: sma(closes, 200),
  ema20: ema(closes, 20),
  rsi14: rsi(closes, 14),
  bollinger20_upper: bands.upper,
  bollinger20_middle: bands.middle,
  bollinger20_lower: bands.lower,
  macd: lines.line,
  macd_signal: lines.signal,
  macd_histogram: lines.histogram,
  vwap: vwap(bars, (t) => Math.floor(t / 100)),
}));
