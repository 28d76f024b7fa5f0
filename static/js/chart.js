/** The chart panel: loads bars, grows with the live one, shows the trader's own lines. */

import { ChartCanvas, canDraw } from "./chart_canvas.js";
import { TIMEFRAMES, growSeries, refreshSeries, startSeries } from "./chart_bars.js";
import { Decimal } from "./decimal.js";
import { byId, el, setNotice, setText, syncRows } from "./dom.js";
import * as format from "./format.js";
import { listBars } from "./http.js";
import { IndicatorMenu } from "./indicator_menu.js";
import { openOrders } from "./state.js";
import { sideWord } from "./words.js";

const BARS = 1500; // a whole day of minutes: what a session's average begins with
const DAY_MS = 86_400_000;
const LOOK_BACK_MS = { "1Min": 2 * DAY_MS, "1Hour": 90 * DAY_MS, "1Day": 731 * DAY_MS, "1Week": 3655 * DAY_MS };
const LOOK_BACK_USUAL_MS = 15 * DAY_MS;
const NEWEST = { bars: 2, lookBackMs: 15 * DAY_MS }; // days or weeks that trades may still change
const REFRESH_MS = 5000;
const MINUTES_IN_LAST_BAR = 60;
const TABLE_BARS = 14;
const RETRY_MS = 5000;

/** The trader's own levels of a symbol: limit orders and average cost, which is named in the legend, clear of the newest bars. */
export function ownLines(state, symbol) {
  const levels = new Map(); // orders at one price are one line
  for (const order of openOrders(state) ?? []) {
    if (order.symbol !== symbol || order.limit_price === null) continue;
    const key = `${order.side} ${order.limit_price}`;
    const left = Decimal.from(order.qty).minus(Decimal.from(order.filled_qty));
    levels.set(key, { order, qty: levels.has(key) ? levels.get(key).qty.plus(left) : left });
  }
  const lines = [...levels].map(([key, { order, qty }]) => ({
    key, price: Number(order.limit_price), tone: order.side === "buy" ? "up" : "down",
    title: `${sideWord(order.side)} ${format.quantity(qty)}`,
  }));
  const position = state.positions?.[symbol];
  if (!position) return lines;
  return [...lines, { key: "cost", price: Number(position.avg_entry_price), tone: "warn", title: "" }];
}

const before = (milliseconds) => new Date(Date.now() - milliseconds).toISOString();

async function readSeries(symbol, { wire, width }) {
  const since = (name) => before(LOOK_BACK_MS[name] ?? LOOK_BACK_USUAL_MS);
  const needsMinutes = width !== null && wire !== "1Min";
  const [{ bars, isPending }, { bars: minutes }] = await Promise.all([
    listBars({ symbol, timeframe: wire, limit: BARS, start: since(wire) }),
    needsMinutes ? listBars({ symbol, timeframe: "1Min", limit: MINUTES_IN_LAST_BAR, start: since("1Min") }) : { bars: [] },
  ]);
  return { series: startSeries({ bars, minutes, width }), isPending };
}

class ChartPanel {
  constructor(store, { place }) {
    this.store = store;
    this.panel = byId("chart");
    const { timeframe } = place.read();
    this.place = place;
    this.timeframe = Object.hasOwn(TIMEFRAMES, timeframe ?? "") ? timeframe : "1m";
    this.series = null;
    this.loaded = null; // the symbol and timeframe on screen
    this.hovered = null;
    this.token = 0;
    this.canvas = canDraw()
      ? new ChartCanvas(byId("chart-canvas"), {
        onHover: (t) => this.hover(t),
        onScroll: (isNowInSight) => { byId("chart-now").hidden = isNowInSight; },
      })
      : null;
    this.isRefreshing = false;
    this.indicators = this.canvas && new IndicatorMenu({ onChange: () => this.drawIndicators() });
    byId("chart-canvas").hidden = this.canvas === null;
    byId("chart-table").hidden = this.canvas !== null;
  }

  lines() {
    return ownLines(this.store.state, this.store.state.selected);
  }

  /**
   * Load the selected symbol; an answer for a symbol left meanwhile is dropped. A chart that is
   * only brought up to date stays in sight until its new bars are there. `isAgain`: to see whether
   * history that is being fetched has come.
   */
  async load({ isAgain = false } = {}) {
    const { selected: symbol } = this.store.state;
    const token = ++this.token;
    const wanted = `${symbol} ${this.timeframe}`;
    if (this.loaded !== wanted) {
      this.series = null;
      this.loaded = null;
      setNotice(this.panel, symbol ? `Loading ${symbol}.` : "Choose a symbol to see its chart.");
    }
    if (!symbol) return;
    try {
      const { series, isPending } = await readSeries(symbol, TIMEFRAMES[this.timeframe]);
      if (token !== this.token) return;
      const isKnown = isAgain && this.series?.bars.length === series.bars.length;
      this.series = series;
      this.loaded = wanted;
      if (!isKnown) this.drawAll(isPending); // what is on screen is not moved under the pointer
      if (isPending) setTimeout(() => token === this.token && this.load({ isAgain: true }), RETRY_MS);
    } catch (error) {
      if (token !== this.token) return;
      if (this.loaded === null) setNotice(this.panel, `The chart could not be loaded. ${error.message} Trying again.`);
      setTimeout(() => token === this.token && this.load(), RETRY_MS);
    }
  }

  drawAll(isPending) {
    const { bars } = this.series;
    const words = isPending ? "Its history is being fetched." : "No trades yet. The first minute appears as soon as it trades.";
    setNotice(this.panel, bars.length === 0 ? words : null);
    this.canvas?.setBars(bars, { places: format.pricePlaces(bars.at(-1)?.c ?? null), isByDay: this.isByDay() });
    this.drawLevels();
    this.drawIndicators();
    this.describe();
    this.grow();
  }

  isByDay() {
    return TIMEFRAMES[this.timeframe].width === null;
  }

  /** Draw the trader's own levels, on the chart and in the legend. */
  drawLevels() {
    const lines = this.lines();
    this.canvas?.setLines(lines);
    const cost = lines.find(({ key }) => key === "cost");
    byId("legend-cost").parentElement.hidden = cost === undefined;
    setText(byId("legend-cost"), format.averagePrice(this.store.state.positions?.[this.store.state.selected]?.avg_entry_price));
  }

  /** Put the newest tick's price on the axis, as in the heading, and its minute into the series. */
  grow() {
    if (this.series !== null) {
      const price = this.store.state.ticks[this.store.state.selected]?.lp ?? this.series.bars.at(-1)?.c ?? null;
      this.canvas?.setLast(price === null ? null : Number(price));
    }
    const live = this.store.state.ticks[this.store.state.selected]?.bar;
    if (!live || this.series === null) return;
    if (this.isByDay()) {
      this.refresh();
      return;
    }
    const { series, bar } = growSeries(this.series, live);
    if (bar !== null) this.put(series, [bar]);
  }

  /** Ask for the newest days or weeks again after a tick, but not with each. */
  async refresh() {
    if (this.isRefreshing) return;
    this.isRefreshing = true;
    const { token } = this;
    try {
      const { bars } = await listBars({
        symbol: this.store.state.selected, timeframe: TIMEFRAMES[this.timeframe].wire,
        limit: NEWEST.bars, start: before(NEWEST.lookBackMs),
      });
      if (token === this.token && this.series !== null) {
        const { series, changed } = refreshSeries(this.series, bars);
        if (changed.length) this.put(series, changed);
      }
    } catch {
      // The next tick asks again.
    }
    setTimeout(() => { this.isRefreshing = false; }, REFRESH_MS);
  }

  /** Draw a series of which only these, its newest bars, have changed. */
  put(series, changed) {
    const wasEmpty = this.series.bars.length === 0;
    this.series = series;
    if (wasEmpty) setNotice(this.panel, null);
    for (const bar of changed) this.canvas?.updateBar(bar);
    this.growIndicators();
    this.legend();
    if (this.canvas === null) this.table();
  }

  /** Draw the chosen indicators over the whole series. */
  drawIndicators() {
    if (!this.indicators || this.series === null) return;
    this.canvas.setIndicators(this.indicators.compute(this.series.bars), this.series.bars);
    this.legend();
  }

  /** The last bar has grown, so the last point of each line may have moved. */
  growIndicators() {
    if (!this.indicators?.chosen.length) return;
    this.canvas.updateIndicators(this.indicators.compute(this.series.bars), this.series.bars);
  }

  hover(t) {
    this.hovered = t;
    this.legend();
  }

  legend() {
    const bars = this.series?.bars ?? [];
    const bar = (this.hovered !== null && bars.find(({ t }) => t === this.hovered)) || bars.at(-1);
    for (const [name, value] of [["o", bar?.o], ["h", bar?.h], ["l", bar?.l], ["c", bar?.c]]) {
      setText(byId(`legend-${name}`), format.price(value));
    }
    setText(byId("legend-v"), format.compactQuantity(bar?.v));
    setText(byId("legend-t"), bar ? this.when(bar) : "");
    this.indicators?.legend(bar ? bars.indexOf(bar) : -1);
  }

  when({ t }) {
    if (!this.isByDay()) return `${format.day(t)} ${format.minute(t)} ET`;
    return `${this.timeframe === "1W" ? "Week of " : ""}${format.date(t)}`;
  }

  table() {
    syncRows(byId("chart-rows"), this.series.bars.slice(-TABLE_BARS).reverse(), {
      key: ({ t }) => t,
      create: () => el("tr", {}, ...Array.from({ length: 6 }, () => el("td", { class: "num" }))),
      update: (row, bar) => {
        const cells = [this.isByDay() ? format.date(bar.t) : format.minute(bar.t), ...[bar.o, bar.h, bar.l, bar.c].map(format.price), format.quantity(bar.v)];
        cells.forEach((text, index) => setText(row.children[index], text));
      },
    });
  }

  describe() {
    const { selected } = this.store.state;
    const { bars } = this.series;
    this.legend();
    if (this.canvas === null) this.table();
    const words = bars.length === 0 ? "no bars yet"
      : `${bars.length} bars, last ${format.price(bars.at(-1).c)}, lowest ${format.price(Math.min(...bars.map(({ l }) => l)))}, highest ${format.price(Math.max(...bars.map(({ h }) => h)))}`;
    byId("chart-canvas").setAttribute("aria-label", `${selected}, ${TIMEFRAMES[this.timeframe].words} candles: ${words}`);
  }

  choose(timeframe) {
    this.timeframe = timeframe;
    this.place.keep({ timeframe });
    this.press();
    this.load();
  }

  press() {
    for (const button of document.querySelectorAll("[data-timeframe]")) {
      button.setAttribute("aria-pressed", String(button.dataset.timeframe === this.timeframe));
    }
  }
}

/** Draw the chart and keep it true; `place` remembers the timeframe. */
export function showChart(store, { place }) {
  const chart = new ChartPanel(store, { place });
  chart.press();
  for (const button of document.querySelectorAll("[data-timeframe]")) {
    button.addEventListener("click", () => chart.choose(button.dataset.timeframe));
  }
  byId("chart-now").addEventListener("click", () => chart.canvas.goToNow());
  document.addEventListener("appearance", () => {
    chart.canvas?.recolour(chart.series?.bars ?? [], chart.lines());
    chart.drawIndicators();
  });
  let wasOpen = true; // the first load needs no second one when the socket opens
  store.on(["connection"], (state) => {
    const isOpen = state.quotesSocket.status === "open";
    if (isOpen && !wasOpen) chart.load(); // bars were missed while the line was down
    wasOpen = isOpen || state.quotesSocket.attempt === 0;
  });
  store.on(["selected"], () => chart.load());
  store.on(["ticks"], () => chart.grow());
  store.on(["orders", "positions"], () => chart.drawLevels());
}
