import assert from "node:assert/strict";
import test from "node:test";

import { growSeries, refreshSeries, startSeries } from "../../../static/js/chart_bars.js";

const MINUTE = 60_000;
const T = Date.parse("2026-01-15T15:00:00Z");
const bar = (minutes, o, h, l, c, v, vw = c) => ({ t: T + minutes * MINUTE, o, h, l, c, v, vw });
const wire = (given) => ({ ...given, t: new Date(given.t).toISOString() });

test("one-minute bars grow in place and then start the next", () => {
  const series = startSeries({ bars: [wire(bar(0, 1, 2, 1, 2, 10))], minutes: [], width: MINUTE });
  const grown = growSeries(series, bar(0, 1, 3, 1, 3, 15));
  assert.deepEqual([grown.bar.h, grown.bar.c, grown.bar.v, grown.isNew], [3, 3, 15, false]);
  const next = growSeries(grown.series, bar(1, 3, 3, 2, 2, 4));
  assert.equal(next.isNew, true);
  assert.equal(next.series.bars.length, 2);
});

test("a five-minute bar is its minutes together, the live one counted once", () => {
  const minutes = [bar(0, 10, 12, 9, 11, 100), bar(1, 11, 15, 11, 14, 50)].map(wire);
  const five = wire(bar(0, 10, 15, 9, 14, 150));
  const series = startSeries({ bars: [five], minutes, width: 5 * MINUTE });
  const first = growSeries(series, bar(1, 11, 16, 11, 13, 100));
  assert.deepEqual(first.bar, { t: T, o: 10, h: 16, l: 9, c: 13, v: 200, vw: 12 });
  const second = growSeries(first.series, bar(1, 11, 16, 8, 8, 200, 14));
  assert.deepEqual(second.bar, { t: T, o: 10, h: 16, l: 8, c: 8, v: 300, vw: 13 });
});

test("the sixth minute starts a new five-minute bar with nothing of the old", () => {
  const series = startSeries({ bars: [wire(bar(0, 1, 9, 1, 5, 100))], minutes: [wire(bar(4, 1, 9, 1, 5, 100))], width: 5 * MINUTE });
  const { bar: live, isNew } = growSeries(series, bar(5, 5, 6, 5, 6, 3));
  assert.equal(isNew, true);
  assert.deepEqual(live, { t: T + 5 * MINUTE, o: 5, h: 6, l: 5, c: 6, v: 3, vw: 6 });
});

test("a late minute does not rewrite what was drawn", () => {
  const series = startSeries({ bars: [wire(bar(5, 1, 1, 1, 1, 1))], minutes: [], width: MINUTE });
  const { series: after, bar: live } = growSeries(series, bar(4, 9, 9, 9, 9, 9));
  assert.equal(live, null);
  assert.equal(after, series);
});

test("the first live bar of an empty chart is drawn", () => {
  const { series, isNew } = growSeries(startSeries({ bars: [], minutes: [], width: MINUTE }), bar(0, 1, 1, 1, 1, 1));
  assert.equal(isNew, true);
  assert.equal(series.bars.length, 1);
});

test("the newest days are taken as the server tells them now, and only what changed is drawn", () => {
  const DAY = 1440 * MINUTE;
  const days = [bar(0, 1, 2, 1, 2, 10), bar(1440, 2, 3, 2, 3, 20)];
  const series = startSeries({ bars: days.map(wire), minutes: [], width: null });
  const grown = refreshSeries(series, [days[0], bar(1440, 2, 4, 2, 4, 25), bar(2880, 4, 4, 4, 4, 1)].map(wire));
  assert.deepEqual(grown.changed.map(({ t, c }) => [(t - T) / DAY, c]), [[1, 4], [2, 4]]);
  assert.deepEqual(grown.series.bars.map(({ v }) => v), [10, 25, 1]);
  assert.deepEqual(refreshSeries(grown.series, []).changed, []);
  assert.deepEqual(refreshSeries(grown.series, [wire(days[0])]), { series: grown.series, changed: [] });
});
