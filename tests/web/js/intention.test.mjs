import assert from "node:assert/strict";
import test from "node:test";

import { Intention, mintId, sendOrder } from "../../../static/js/intention.js";

function memory() {
  const kept = new Map();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
    kept,
  };
}

function intention(storage = memory()) {
  let count = 0;
  return new Intention({ storage, mint: () => `id-${(count += 1)}` });
}

const order = { symbol: "IBM", qty: "1" };
const failure = (status, message = "") => Object.assign(new Error(message), { status });
const never = () => assert.fail("must not be called");

test("minted ids are long, ours and different", () => {
  assert.match(mintId(), /^web-[0-9a-f]{32}$/);
  assert.notEqual(mintId(), mintId());
});

test("a second press while the first is under way sends nothing", () => {
  const one = intention();
  assert.equal(one.begin(order).client_order_id, "id-1");
  assert.equal(one.begin(order), null);
});

test("an unanswered order is sent again under the same id, even if the fields changed", () => {
  const one = intention();
  const first = one.begin(order);
  one.lose();
  assert.deepEqual(one.begin({ symbol: "IBM", qty: "999" }), first);
});

test("after a definite answer the next order is a new intention", () => {
  const one = intention();
  one.begin(order);
  one.settle();
  assert.equal(one.begin(order).client_order_id, "id-2");
});

test("an unanswered order survives a reload and blocks a new one until it is settled", () => {
  const storage = memory();
  const body = intention(storage).begin(order);
  const reloaded = intention(storage);
  assert.equal(reloaded.status, "unknown");
  assert.deepEqual(reloaded.begin({ symbol: "SPY", qty: "5" }), body);
  reloaded.settle();
  assert.equal(storage.kept.size, 0);
  assert.equal(intention(storage).status, "idle");
});

test("an accepted order is accepted", async () => {
  const outcome = await sendOrder(order, { place: async () => ({ id: "1" }), findByClientId: never });
  assert.deepEqual(outcome, { kind: "accepted", order: { id: "1" } });
});

test("a refusal is final and is not asked about", async () => {
  for (const status of [400, 401, 403, 404, 422, 429]) {
    const error = failure(status, "insufficient buying power");
    const outcome = await sendOrder(order, { place: async () => { throw error; }, findByClientId: never });
    assert.deepEqual(outcome, { kind: "refused", error });
  }
});

test("with no clear answer the server is asked by client order id, never resent", async () => {
  for (const status of [0, 408, 500, 502, 504]) {
    let placed = 0;
    const outcome = await sendOrder({ ...order, client_order_id: "id-1" }, {
      place: async () => { placed += 1; throw failure(status); },
      findByClientId: async (id) => ({ id: "1", client_order_id: id }),
    });
    assert.equal(outcome.kind, "accepted");
    assert.equal(outcome.order.client_order_id, "id-1");
    assert.equal(placed, 1);
  }
});

test("an order the server already has under this id was accepted", async () => {
  const outcome = await sendOrder(order, {
    place: async () => { throw failure(422, "client_order_id must be unique"); },
    findByClientId: async () => ({ id: "1" }),
  });
  assert.equal(outcome.kind, "accepted");
});

test("not found after no answer is unknown, since a slow request may still land", async () => {
  const outcome = await sendOrder(order, {
    place: async () => { throw failure(0); },
    findByClientId: async () => { throw failure(404); },
  });
  assert.equal(outcome.kind, "unknown");
  assert.equal(outcome.isAbsent, true);
});

test("no answer to the question either is unknown", async () => {
  const outcome = await sendOrder(order, {
    place: async () => { throw failure(0); },
    findByClientId: async () => { throw failure(0); },
  });
  assert.equal(outcome.kind, "unknown");
  assert.equal(outcome.isAbsent, false);
});
