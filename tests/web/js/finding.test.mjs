import assert from "node:assert/strict";
import test from "node:test";

globalThis.window = { matchMedia: () => ({ matches: false }), addEventListener: () => {} }; // all the page these modules need to load
const said = [];
globalThis.document = {
  getElementById: () => ({ replaceChildren: ({ text }) => said.push(text), append: () => {} }),
  createElement: () => ({ setAttribute: () => {}, append(text) { this.text = text; }, remove: () => {} }),
};
const wait = globalThis.setTimeout;
globalThis.setTimeout = (...given) => wait(...given).unref(); // no toast keeps the run waiting
globalThis.location = { hash: "", pathname: "/" };
globalThis.history = { replaceState: (_state, _title, address) => { location.hash = address.startsWith("#") ? address : ""; } };

const { Finder } = await import("../../../static/js/finder.js");
const { Instruments } = await import("../../../static/js/instruments.js");
const { KeptSymbols } = await import("../../../static/js/kept_symbols.js");
const { Rows } = await import("../../../static/js/rows.js");
const { Selection } = await import("../../../static/js/selection.js");
const state = await import("../../../static/js/state.js");
const { Store } = await import("../../../static/js/store.js");

const asset = (symbol, changes = {}) => ({ symbol, name: `${symbol} Inc.`, status: "active", tradable: true, fractionable: true, ...changes });
const settled = () => new Promise((resolve) => { setImmediate(resolve); });

/** A promise to be kept or broken by hand. */
function later() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

function storage(content = {}) {
  return { getItem: (key) => content[key] ?? null, setItem: (key, value) => { content[key] = value; }, content };
}

function page({ list = async () => [], content = {}, hash = "" } = {}) {
  location.hash = hash;
  said.length = 0;
  const store = new Store(state.initialState({
    account: null, feed: null, followed: [asset("AAPL"), asset("IBM")], skewMs: 0, wanted: hash.slice(1),
  }), setImmediate);
  const sent = [];
  const kept = new KeptSymbols({ user: "alice", storage: () => storage(content) });
  const instruments = new Instruments(store, { list });
  const rows = new Rows(store, { quotes: { send: (message) => sent.push(message) }, instruments, kept });
  return { store, sent, kept, instruments, rows, content, selection: new Selection(store, { rows, instruments }) };
}

const KEY = "openbell.alice.watchlist";

// --- What is typed -------------------------------------------------------------------------------

test("while somebody types nothing is asked; then once, for the newest text", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const asked = [];
  const finder = new Finder({ answer: () => {}, ask: async (query) => { asked.push(query); return []; } });
  finder.want("f");
  context.mock.timers.tick(100);
  finder.want("fo");
  context.mock.timers.tick(149);
  assert.deepEqual(asked, []);
  context.mock.timers.tick(1);
  assert.deepEqual(asked, ["fo"]);
});

test("an answer that comes after a newer wish is dropped, an error too", async () => {
  const answers = { f: later(), fo: later(), for: later() };
  const told = [];
  const finder = new Finder({ answer: (found) => told.push(found), ask: (query) => answers[query].promise });
  for (const query of ["f", "fo", "for"]) {
    finder.want(query);
    finder.hurry();
  }
  answers.for.resolve(["F"]);
  await settled();
  answers.f.resolve(["late"]);
  answers.fo.reject(new Error("late"));
  await settled();
  assert.deepEqual(told, [{ assets: ["F"], error: null }]);
  assert.equal(finder.isWaiting, false);
});

test("what is not wanted any more is not answered", async () => {
  const answer = later();
  const told = [];
  const finder = new Finder({ answer: (found) => told.push(found), ask: () => answer.promise });
  finder.want("f");
  finder.hurry();
  assert.equal(finder.isWaiting, true);
  finder.drop();
  answer.resolve(["F"]);
  await settled();
  assert.deepEqual(told, []);
});

test("an error is an answer", async () => {
  const told = [];
  const finder = new Finder({ answer: ({ error }) => told.push(error.message), ask: () => Promise.reject(new Error("no")) });
  finder.want("f");
  finder.hurry();
  await settled();
  assert.deepEqual(told, ["no"]);
});

// --- What is known -------------------------------------------------------------------------------

test("the server is asked for a symbol once, and never for what cannot be one", async () => {
  const asked = [];
  const { instruments } = page({ list: async (symbols) => { asked.push(symbols); return symbols.map((symbol) => asset(symbol)); } });
  assert.equal((await instruments.find("F")).name, "F Inc.");
  assert.equal((await instruments.find("F")).name, "F Inc.");
  assert.equal(await instruments.find("ABCDEFGHIJKLMNOPQ"), null);
  assert.equal((await instruments.find("IBM")).name, "IBM Inc.");
  assert.deepEqual(asked, [["F"]]);
});

test("names are asked for again after a failure", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let isUp = false;
  const { store, instruments } = page({ list: async () => { if (!isUp) throw new Error("down"); return [asset("F")]; } });
  const learned = instruments.learn(["F"]);
  await settled();
  assert.equal(store.state.assets.F, undefined);
  isUp = true;
  context.mock.timers.tick(10_000);
  await learned;
  assert.equal(store.state.assets.F.name, "F Inc.");
});

// --- What is kept --------------------------------------------------------------------------------

test("fifty symbols are kept, those added last, and whoever has to go is named", () => {
  const kept = new KeptSymbols({ user: "alice", storage: () => shared });
  const shared = storage();
  const symbols = Array.from({ length: 50 }, (_, index) => `X${index}`);
  for (const symbol of symbols) assert.deepEqual(kept.add(symbol), []);
  assert.deepEqual(kept.add("X7"), []);
  assert.deepEqual(kept.add("F"), ["X0"]);
  assert.deepEqual(kept.list(), [...symbols.slice(1), "F"]);
  kept.remove("X1");
  assert.equal(kept.list().length, 49);
});

test("another tab's symbols and another person's list are left alone", () => {
  const shared = storage();
  const made = (user) => new KeptSymbols({ user, storage: () => shared });
  const [one, other, bob] = [made("alice"), made("alice"), made("bob")];
  one.add("F");
  other.add("KO");
  one.remove("F");
  bob.add("GM");
  assert.deepEqual(one.list(), ["KO"]);
  assert.deepEqual(bob.list(), ["GM"]);
});

test("nonsense in the storage is no symbol", () => {
  const kept = new KeptSymbols({ user: "alice", storage: () => storage({ [KEY]: "F,,<b>,f,F,KO" }) });
  assert.deepEqual(kept.list(), ["F", "KO"]);
});

test("a storage that is refused or full keeps nothing and stops nothing", () => {
  const refused = new KeptSymbols({ user: "alice", storage: () => { throw new Error("SecurityError"); } });
  const full = new KeptSymbols({ user: "alice", storage: () => ({ getItem: () => null, setItem: () => { throw new Error("QuotaExceededError"); } }) });
  for (const kept of [refused, full]) {
    assert.deepEqual(kept.add("F"), []);
    kept.remove("F");
    assert.deepEqual(kept.list(), []);
  }
});

// --- The rows ------------------------------------------------------------------------------------

test("kept rows come back with their names and prices; what the server does not know any more is forgotten", async () => {
  const { store, sent, kept } = page({ content: { [KEY]: "GONE,F" }, list: async () => [asset("F")] });
  await settled();
  assert.deepEqual(store.state.watchlist, ["AAPL", "IBM", "F"]);
  assert.equal(store.state.assets.F.name, "F Inc.");
  assert.deepEqual(sent, [{ action: "subscribe", symbols: ["F"] }]);
  assert.deepEqual(kept.list(), ["F"]);
});

test("what the account is in gets a row when it is told, and is not kept", async () => {
  const { store, sent, kept } = page({ list: async (symbols) => symbols.map((symbol) => asset(symbol)) });
  store.change((now) => ({ ...now, positions: { F: { symbol: "F" }, IBM: { symbol: "IBM" } } }), "positions");
  await settled(); // the page's next frame
  await settled();
  assert.deepEqual(store.state.watchlist, ["AAPL", "IBM", "F"]);
  assert.equal(store.state.assets.F.name, "F Inc.");
  assert.deepEqual(sent, [{ action: "subscribe", symbols: ["F"] }]);
  assert.deepEqual(kept.list(), []);
});

test("a row of the trader's own is kept until it is taken away", () => {
  const { store, sent, rows, kept } = page();
  assert.equal(rows.choose("F"), true);
  assert.deepEqual(kept.list(), ["F"]);
  rows.remove("F");
  assert.deepEqual(kept.list(), []);
  assert.deepEqual(store.state.watchlist, ["AAPL", "IBM"]);
  assert.deepEqual(sent.map(({ action }) => action), ["subscribe", "unsubscribe"]);
});

test("the fifty-first row of the trader's own takes the place of the first", () => {
  const { store, rows } = page();
  for (let index = 0; index <= 50; index += 1) rows.choose(`X${index}`);
  assert.equal(store.state.watchlist.length, 52);
  assert.equal(store.state.watchlist.includes("X0"), false);
});

// --- What is open --------------------------------------------------------------------------------

test("a link to a symbol without a row opens it once the server knows it", async () => {
  const answer = later();
  const { store } = page({ hash: "#F", list: () => answer.promise });
  assert.equal(store.state.selected, null);
  answer.resolve([asset("F")]);
  await settled();
  assert.equal(store.state.selected, "F");
  assert.equal(location.hash, "#F");
});

test("a link to nothing says so and opens the first row", async () => {
  const { store } = page({ hash: "#ZZZ" });
  await settled();
  assert.equal(store.state.selected, "AAPL");
  assert.ok(said.includes("ZZZ is not traded here."));
});

test("what is listed but not traded is not opened, and an outage is not called that", async () => {
  const halted = page({ list: async () => [asset("F", { tradable: false })] });
  assert.equal(await halted.selection.open("F"), false);
  assert.ok(said.includes("F is not traded here."));
  const down = page({ list: () => Promise.reject(new Error("The server did not answer.")) });
  assert.equal(await down.selection.open("F"), false);
  assert.ok(said.includes("F could not be opened. The server did not answer."));
  assert.equal(down.store.state.selected, "AAPL");
});

test("a choice made meanwhile, or an order being written, wins over a late answer", async () => {
  const answer = later();
  for (const meanwhile of [(it) => it.select("IBM"), (it) => it.hold()]) {
    const { store, selection } = page({ list: () => answer.promise });
    const opened = selection.open("F");
    meanwhile(selection);
    const { selected } = store.state;
    answer.resolve([asset("F")]);
    assert.equal(await opened, false);
    assert.equal(store.state.selected, selected);
  }
});

test("a newer link does not end with the first row because an older one is dropped", async () => {
  const answers = { F: later(), KO: later() };
  const { store, selection } = page({ hash: "#F", list: ([symbol]) => answers[symbol].promise });
  const opened = selection.open("KO");
  answers.F.resolve([]);
  await settled();
  assert.equal(store.state.selected, null);
  answers.KO.resolve([asset("KO")]);
  assert.equal(await opened, true);
  assert.equal(store.state.selected, "KO");
});

test("with no room for its row a symbol is not opened, so that no order goes to another", async () => {
  const { store, selection } = page({ list: async (symbols) => symbols.map((symbol) => asset(symbol)) });
  store.change((now) => state.addRows(now, Array.from({ length: 500 }, (_, index) => `X${index}`)), "watchlist");
  assert.equal(await selection.open("F"), false);
  assert.equal(store.state.selected, "AAPL");
  assert.ok(said.some((words) => words.startsWith("The watchlist is full.")));
});
