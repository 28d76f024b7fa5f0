/** Bars of the chart's timeframe, kept exact while the live minute moves. Pure. */

/**
 * What the timeframe buttons mean: name on the wire, and width in ms where bars grow with the live
 * minute. Days and weeks have none: which trades count for them is the server's rule.
 */
export const TIMEFRAMES = {
  "1m": { wire: "1Min", width: 60_000, words: "1 minute" },
  "5m": { wire: "5Min", width: 300_000, words: "5 minute" },
  "15m": { wire: "15Min", width: 900_000, words: "15 minute" },
  "1h": { wire: "1Hour", width: 3_600_000, words: "1 hour" },
  "1D": { wire: "1Day", width: null, words: "1 day" },
  "1W": { wire: "1Week", width: null, words: "1 week" },
};

const instant = (t) => (typeof t === "number" ? t : Date.parse(t));

/** A bar as the chart wants it: {t (ms), o, h, l, c, v, vw}. */
const plain = (bar) => ({ t: instant(bar.t), o: bar.o, h: bar.h, l: bar.l, c: bar.c, v: bar.v, vw: bar.vw });

/** Null where a part that traded does not tell its own: what is not known is not zero. */
function averagePrice(bars) {
  const traded = bars.filter((bar) => bar.v > 0);
  if (!traded.length || traded.some((bar) => bar.vw === null)) return null;
  return traded.reduce((sum, bar) => sum + bar.vw * bar.v, 0) / traded.reduce((sum, bar) => sum + bar.v, 0);
}

const fold = (bars, t) => ({
  t,
  o: bars[0].o,
  h: Math.max(...bars.map((bar) => bar.h)),
  l: Math.min(...bars.map((bar) => bar.l)),
  c: bars.at(-1).c,
  v: bars.reduce((sum, bar) => sum + bar.v, 0),
  vw: averagePrice(bars),
});

/** Bars grow from two answers: the timeframe's own bars, and the minutes that make up its last one. */
export function startSeries({ bars, minutes, width }) {
  return { width, bars: bars.map(plain), minutes: minutes.map(plain) };
}

/**
 * Put the live minute in: {series, bar, isNew}. `bar` is the bar that changed, null when the minute
 * is older than the last one (a late tick must not rewrite what was drawn).
 */
export function growSeries(series, liveBar) {
  const minute = plain(liveBar);
  const { width } = series;
  const start = minute.t - (minute.t % width);
  const last = series.bars.at(-1);
  if (last && start < last.t) return { series, bar: null, isNew: false };
  const minutes = [...series.minutes.filter((bar) => bar.t >= start && bar.t !== minute.t), minute]
    .sort((a, b) => a.t - b.t);
  const bar = fold(minutes, start);
  const isNew = !last || start > last.t;
  const bars = isNew ? [...series.bars, bar] : [...series.bars.slice(0, -1), bar];
  return { series: { width, bars, minutes }, bar, isNew };
}

/** Put in the newest bars as the server tells them now: {series, changed}, the bars that are not as they were. */
export function refreshSeries(series, newest) {
  const told = newest.map(plain);
  if (!told.length) return { series, changed: [] };
  const before = series.bars.filter(({ t }) => t < told[0].t);
  const after = series.bars.filter(({ t }) => t > told.at(-1).t);
  const known = new Map(series.bars.map((bar) => [bar.t, bar]));
  const isSame = (bar) => ["o", "h", "l", "c", "v", "vw"].every((name) => known.get(bar.t)?.[name] === bar[name]);
  return { series: { ...series, bars: [...before, ...told, ...after] }, changed: told.filter((bar) => !isSame(bar)) };
}
