/** Where the chart's time axis writes a date: at the first bar of each New York day. Pure. */

const HOUR = 3_600_000;
const MINUTE = 60_000;

// How much a point of the axis matters, on lightweight-charts' own scale: the greater are drawn first.
const YEAR = 70;
const MONTH = 60;
export const DAY = 50;
const WITHIN_A_DAY = [
  [12 * HOUR, 33], [6 * HOUR, 32], [3 * HOUR, 31], [HOUR, 30], [30 * MINUTE, 22], [5 * MINUTE, 21], [MINUTE, 20],
];
const LEAST = 10;

const CLOCK = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York", hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric",
});
const offsets = new Map(); // hour -> ms: slow to ask for, and it changes only between hours

function offset(t) {
  const hour = Math.floor(t / HOUR);
  if (!offsets.has(hour)) {
    const parts = CLOCK.formatToParts(hour * HOUR).map(({ type, value }) => [type, Number(value)]);
    const { year, month, day, hour: local } = Object.fromEntries(parts);
    offsets.set(hour, Date.UTC(year, month - 1, day, local) - hour * HOUR);
  }
  return offsets.get(hour);
}

/** An instant (ms) as New York's clock shows it, written as if it were UTC (ms). */
const wall = (t) => t + offset(t);

/**
 * Weight of a bar on the axis by the bar before it (both in ms; `before` null for the first bar of
 * all): DAY and more where a New York day begins, less within a day. The library's own weights are
 * those of UTC's days, which begin at 19:00 or 20:00 in New York.
 */
export function weightOf(before, t) {
  if (before === null) return DAY;
  const [one, other] = [new Date(wall(before)), new Date(wall(t))];
  if (one.getUTCFullYear() !== other.getUTCFullYear()) return YEAR;
  if (one.getUTCMonth() !== other.getUTCMonth()) return MONTH;
  if (one.getUTCDate() !== other.getUTCDate()) return DAY;
  const isAcross = ([width]) => Math.floor(one / width) !== Math.floor(other / width);
  return WITHIN_A_DAY.find(isAcross)?.[1] ?? LEAST;
}

/** The library's time scale (a class that it hands out) with New York's days in place of UTC's. */
export const newYorkScale = (Scale) => class extends Scale {
  fillWeightsForPoints(points, from = 0) {
    for (let index = from; index < points.length; index += 1) {
      const before = index === 0 ? null : points[index - 1].originalTime * 1000;
      points[index].timeWeight = weightOf(before, points[index].originalTime * 1000);
    }
  }
};
