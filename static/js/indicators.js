/** Indicators of the chart's bars by the server's formulas, null while one warms up. Pure. */

// A test holds these and marketdata/domain/indicators.py together: arrays in, arrays as long out.
const blank = (length) => new Array(length).fill(null);

/** Mean of the last `period` values; a null before the first value of `values` is skipped. */
export function sma(values, period) {
  const out = blank(values.length);
  const begin = values.findIndex((value) => value !== null);
  if (begin < 0) return out;
  let sum = 0;
  for (let i = begin; i < values.length; i += 1) {
    sum += values[i];
    if (i - begin >= period) sum -= values[i - period];
    if (i - begin >= period - 1) out[i] = sum / period;
  }
  return out;
}

/** Exponential mean, weight 2 / (period + 1), begun with a simple mean. */
export function ema(values, period, from = 0) {
  const out = blank(values.length);
  const first = from + period - 1;
  if (first >= values.length) return out;
  let mean = values.slice(from, first + 1).reduce((sum, value) => sum + value, 0) / period;
  out[first] = mean;
  const weight = 2 / (period + 1);
  for (let i = first + 1; i < values.length; i += 1) {
    mean += weight * (values[i] - mean);
    out[i] = mean;
  }
  return out;
}

/** Bollinger bands: {upper, middle, lower}, population standard deviation. */
export function bollinger(values, period, deviations) {
  const middle = sma(values, period);
  const width = middle.map((mean, i) => {
    if (mean === null) return null;
    const squares = values.slice(i - period + 1, i + 1).reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return deviations * Math.sqrt(squares / period);
  });
  return {
    upper: middle.map((mean, i) => (mean === null ? null : mean + width[i])),
    middle,
    lower: middle.map((mean, i) => (mean === null ? null : mean - width[i])),
  };
}

/** Relative strength index with Wilder's smoothing, 0 to 100; 50, the middle, without a move. */
export function rsi(values, period) {
  const out = blank(values.length);
  if (values.length <= period) return out;
  let gains = 0;
  let losses = 0;
  for (let i = 1; i < values.length; i += 1) {
    const move = values[i] - values[i - 1];
    if (i <= period) {
      gains += Math.max(move, 0) / period;
      losses += Math.max(-move, 0) / period;
    } else {
      gains = (gains * (period - 1) + Math.max(move, 0)) / period;
      losses = (losses * (period - 1) + Math.max(-move, 0)) / period;
    }
    const isStill = gains + losses < 1e-12 * Math.abs(values[i]);
    if (i >= period) out[i] = isStill ? 50 : (100 * gains) / (gains + losses);
  }
  return out;
}

/** {line, signal, histogram}: the difference of two means, its own mean, and what lies between. */
export function macd(values, fast, slow, signalPeriod) {
  // The fast mean begins late, so that both have their first value at the same bar.
  const quick = ema(values, fast, slow - fast);
  const calm = ema(values, slow);
  const difference = calm.map((mean, i) => (mean === null ? null : quick[i] - mean));
  const signal = ema(difference, signalPeriod, slow - 1);
  const both = (array) => array.map((value, i) => (signal[i] === null ? null : value));
  return {
    line: both(difference),
    signal,
    histogram: signal.map((mean, i) => (mean === null ? null : difference[i] - mean)),
  };
}

/** Average price by volume since the bar's New York day began. `dayOf(t)` names the day. */
export function vwap(bars, dayOf) {
  let day = null;
  let paid = 0;
  let traded = 0;
  return bars.map(({ t, vw, v }) => {
    const today = dayOf(t);
    if (today !== day) [day, paid, traded] = [today, 0, 0];
    if (v > 0) paid += vw === null ? NaN : vw * v; // not known from here on
    traded += v;
    return traded > 0 && !Number.isNaN(paid) ? paid / traded : null;
  });
}
