import assert from "node:assert/strict";
import test from "node:test";

import { Place } from "../../../static/js/place.js";

function storage(content = {}) {
  return { getItem: (key) => content[key] ?? null, setItem: (key, value) => { content[key] = value; } };
}

test("symbol and timeframe are kept side by side, each user's apart", () => {
  const shared = storage();
  const alice = new Place({ user: "a", storage: () => shared });
  alice.keep({ symbol: "IBM" });
  alice.keep({ timeframe: "1h" });
  assert.deepEqual(new Place({ user: "a", storage: () => shared }).read(), { symbol: "IBM", timeframe: "1h" });
  assert.deepEqual(new Place({ user: "b", storage: () => shared }).read(), {});
});

test("nonsense, or a storage that is refused, is no place", () => {
  for (const text of ["null", "7", "{", '"x"']) {
    assert.equal(new Place({ user: "a", storage: () => storage({ "openbell.a.place": text }) }).read().symbol, undefined);
  }
  const refused = new Place({ user: "a", storage: () => { throw new Error("SecurityError"); } });
  refused.keep({ symbol: "IBM" });
  assert.deepEqual(refused.read(), {});
});
