import assert from "node:assert/strict";
import test from "node:test";

import { DAY, newYorkScale, weightOf } from "../../../static/js/chart_days.js";
import { day, minute } from "../../../static/js/format.js";

const MINUTE = 60_000;
const ZONES = ["America/New_York", "UTC", "Asia/Kolkata", "Pacific/Auckland"];

/** Bars of some weekdays from `first` (an ISO date): every `step` minutes from `open` to `close`, New York. */
function bars({ first, days, step, open, close, missing = [] }) {
  const found = [];
  for (let number = 0; number < days; number += 1) {
    const midnight = Date.parse(`${first}T05:00:00Z`) + number * 1440 * MINUTE;
    for (let each = open; each < close; each += step) {
      // In summer New York is an hour nearer to UTC.
      const shift = minute(midnight + 720 * MINUTE) === "13:00" ? -60 : 0;
      if (!missing.includes(each)) found.push(midnight + (each + shift) * MINUTE);
    }
  }
  return found;
}

/** What stands where the axis writes a date: [date, time of that bar] each. */
function dates(times) {
  const scale = new (newYorkScale(class {}))();
  const points = times.map((t) => ({ originalTime: t / 1000 }));
  scale.fillWeightsForPoints(points);
  return points
    .filter(({ timeWeight }) => timeWeight >= DAY)
    .map(({ originalTime }) => [day(originalTime * 1000), minute(originalTime * 1000)]);
}

const EXTENDED = { open: 240, close: 1200 };
const REGULAR = { open: 570, close: 960 };

for (const zone of ZONES) {
  test(`in a browser of ${zone} a date stands at each New York day's first bar`, () => {
    process.env.TZ = zone;
    for (const step of [1, 5, 15, 60]) {
      for (const [hours, opening] of [[EXTENDED, "04:00"], [REGULAR, "09:30"]]) {
        assert.deepEqual(dates(bars({ first: "2026-11-23", days: 3, step, ...hours })),
          [["Nov 23", opening], ["Nov 24", opening], ["Nov 25", opening]]);
        assert.deepEqual(dates(bars({ first: "2026-07-14", days: 3, step, ...hours })),
          [["Jul 14", opening], ["Jul 15", opening], ["Jul 16", opening]]);
      }
    }
  });
}

test("where nothing traded as UTC's day began, the evening keeps its date", () => {
  const quiet = bars({ first: "2026-11-24", days: 2, step: 5, ...EXTENDED, missing: [1135, 1140, 1145] });
  assert.deepEqual(dates(quiet), [["Nov 24", "04:00"], ["Nov 25", "04:00"]]);
});

test("a market that never closes has its date at midnight, also as the clocks change", () => {
  const hours = (from, count) => Array.from({ length: count }, (_, index) => Date.parse(from) + index * 60 * MINUTE);
  assert.deepEqual(dates(hours("2026-10-31T22:00:00Z", 40)).slice(1), [["Nov 1", "00:00"], ["Nov 2", "00:00"]]);
  assert.deepEqual(dates(hours("2026-03-07T22:00:00Z", 40)).slice(1), [["Mar 8", "00:00"], ["Mar 9", "00:00"]]);
});

test("a bar that comes later is weighed by the bar before it", () => {
  const scale = new (newYorkScale(class {}))();
  const points = bars({ first: "2026-11-24", days: 1, step: 60, ...EXTENDED }).map((t) => ({ originalTime: t / 1000 }));
  points.push({ originalTime: Date.parse("2026-11-25T09:00:00Z") / 1000 });
  scale.fillWeightsForPoints(points, points.length - 1);
  assert.equal(points.at(-1).timeWeight, DAY);
  assert.equal(points[0].timeWeight, undefined);
});

test("a month and a year weigh more than a day, an hour more than a minute", () => {
  const at = (text) => Date.parse(text);
  const year = weightOf(at("2026-12-31T20:59:00Z"), at("2027-01-04T14:30:00Z"));
  const month = weightOf(at("2026-11-30T20:59:00Z"), at("2026-12-01T14:30:00Z"));
  const hour = weightOf(at("2026-11-24T15:59:00Z"), at("2026-11-24T16:00:00Z"));
  const one = weightOf(at("2026-11-24T16:00:00Z"), at("2026-11-24T16:01:00Z"));
  assert.ok(year > month && month > DAY && DAY > hour && hour > one);
});
