/** The drawing itself: candles, volume and lines by lightweight-charts, in the page's own colours. */

import { newYorkScale } from "./chart_days.js";
import * as format from "./format.js";

const [YEAR_MARK, MONTH_MARK, DAY_MARK] = [0, 1, 2]; // of TickMarkType; above are times
const VOLUME_SHARE = 0.22;
const STUDY_SHARE = 0.26; // a pane below the volume, of the height of the prices' own
const STUDY_PANES = { rsi: 2, macd: 3 };
const SHOWN_BARS = 110;
const RIGHT_BARS = 5; // of room right of the newest

/** False when the chart script did not load: then the page shows numbers only. */
export const canDraw = () => typeof window.LightweightCharts?.createChart === "function";

function palette() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  return {
    panel: colour("--panel"), line: colour("--grid"), muted: colour("--muted"), text: colour("--text"),
    up: colour("--up"), down: colour("--down"), upVolume: colour("--up-volume"),
    downVolume: colour("--down-volume"), accent: colour("--accent"), warn: colour("--warn"),
    font: colour("--sans"), raised: colour("--raised-strong"),
    series: ["--violet", "--amber", "--cyan", "--pink", "--lime", "--silver"].map(colour),
  };
}

function chartOptions(colours) {
  return {
    layout: {
      background: { color: colours.panel }, textColor: colours.muted, fontFamily: colours.font,
      fontSize: 11, panes: { separatorColor: colours.line, separatorHoverColor: colours.line },
    },
    grid: { vertLines: { visible: false }, horzLines: { color: colours.line } },
    rightPriceScale: { borderVisible: false, entireTextOnly: true },
    timeScale: {
      borderVisible: false, timeVisible: true, secondsVisible: false, rightOffset: RIGHT_BARS,
    },
    crosshair: {
      vertLine: { color: colours.muted, labelBackgroundColor: colours.raised },
      horzLine: { color: colours.muted, labelBackgroundColor: colours.raised },
    },
  };
}

/** How moments are written on the axis and under the crosshair: bars of days or weeks have no time of day. */
function timeOptions(isByDay) {
  const ofDays = (seconds, mark) => ({ [YEAR_MARK]: format.year, [MONTH_MARK]: format.month }[mark] ?? format.day)(seconds * 1000);
  const ofMinutes = (seconds, mark) => (mark <= DAY_MARK ? format.day : format.minute)(seconds * 1000);
  return {
    timeScale: { tickMarkFormatter: isByDay ? ofDays : ofMinutes },
    localization: {
      timeFormatter: (seconds) => (isByDay ? format.date(seconds * 1000) : `${format.dateTime(seconds * 1000)} ET`),
    },
  };
}

const candleOptions = (colours) => ({
  upColor: colours.up, downColor: colours.down, borderVisible: false,
  wickUpColor: colours.up, wickDownColor: colours.down,
  lastValueVisible: false, priceLineVisible: false, // those of the library are of the last bar in sight, see setLast
});

const candle = ({ t, o, h, l, c }) => ({ time: t / 1000, open: o, high: h, low: l, close: c });

export class ChartCanvas {
  #colours = palette();
  #lines = new Map();
  #studies = new Map();
  #last = null; // the line of the last price
  #count = 0;
  #newest = -Infinity; // when the newest bar began, ms

  /** `onHover(t in ms | null)` as the crosshair moves, `onScroll(isNowInSight)` as the bars in sight change. */
  constructor(element, { onHover, onScroll }) {
    const { createChartEx, defaultHorzScaleBehavior, CandlestickSeries, HistogramSeries } = window.LightweightCharts;
    const scale = new (newYorkScale(defaultHorzScaleBehavior()))();
    this.chart = createChartEx(element, scale, { autoSize: true, ...chartOptions(this.#colours) });
    this.chart.applyOptions(timeOptions(false));
    this.candles = this.chart.addSeries(CandlestickSeries, candleOptions(this.#colours));
    this.volume = this.chart.addSeries(
      HistogramSeries, { priceFormat: { type: "volume" }, lastValueVisible: false, priceLineVisible: false }, 1,
    );
    const [prices, volumes] = this.chart.panes();
    prices.setStretchFactor(1 - VOLUME_SHARE);
    volumes.setStretchFactor(VOLUME_SHARE);
    this.chart.subscribeCrosshairMove(({ time }) => onHover(time === undefined ? null : time * 1000));
    this.onScroll = onScroll;
    this.chart.timeScale().subscribeVisibleLogicalRangeChange(() => this.#tellScroll());
  }

  #tellScroll() {
    const range = this.chart.timeScale().getVisibleLogicalRange();
    this.onScroll(range === null || range.to >= this.#count - 0.5); // half a bar lies after its middle
  }

  /** Bring the newest bar into sight, as many bars wide as now. At once: a bar that arrives would end an animation. */
  goToNow() {
    const range = this.chart.timeScale().getVisibleLogicalRange();
    if (range === null) return;
    const to = this.#count - 1 + RIGHT_BARS;
    this.chart.timeScale().setVisibleLogicalRange({ from: to - (range.to - range.from), to });
  }

  #volumeBar({ t, o, c, v }) {
    return { time: t / 1000, value: v, color: c >= o ? this.#colours.upVolume : this.#colours.downVolume };
  }

  /** Draw a whole series and go to its newest end. */
  setBars(bars, { places, isByDay }) {
    this.#count = bars.length;
    this.#newest = bars.at(-1)?.t ?? -Infinity;
    this.chart.applyOptions(timeOptions(isByDay));
    this.candles.applyOptions({ priceFormat: { type: "price", precision: places, minMove: 10 ** -places } });
    this.candles.setData(bars.map(candle));
    this.volume.setData(bars.map((bar) => this.#volumeBar(bar)));
    this.candles.priceScale().applyOptions({ autoScale: true });
    const shown = Math.min(SHOWN_BARS, Math.max(bars.length, 30));
    this.chart.timeScale().setVisibleLogicalRange({ from: bars.length - shown, to: bars.length - 1 + RIGHT_BARS });
  }

  /** Draw the newest bar, changed or new. */
  updateBar(bar) {
    if (bar.t > this.#newest) {
      this.#count += 1;
      this.#newest = bar.t;
    }
    this.candles.update(candle(bar));
    this.volume.update(this.#volumeBar(bar));
    this.#tellScroll();
  }

  /** Make the last price's line and its label on the axis say `price` (a number), wherever the bars in sight end; null takes them away. */
  setLast(price) {
    if (this.#last && price !== null) {
      this.#last.applyOptions({ price });
      return;
    }
    if (this.#last) this.candles.removePriceLine(this.#last);
    this.#last = price === null ? null : this.candles.createPriceLine({
      price, title: "", color: this.#colours.accent, lineWidth: 1,
      lineStyle: window.LightweightCharts.LineStyle.Dotted, axisLabelVisible: true,
    });
  }

  /**
   * Make the indicators' lines be these: [{key, pane, tone, values, isHistogram, isFaint, levels}],
   * each with as many values as there are bars, null where it has none yet.
   */
  setIndicators(lines, bars) {
    for (const drawn of this.#studies.values()) this.chart.removeSeries(drawn);
    this.#studies.clear();
    const panes = [...new Set(lines.map(({ pane }) => pane))].filter((pane) => pane in STUDY_PANES);
    panes.sort((one, other) => STUDY_PANES[one] - STUDY_PANES[other]);
    for (const line of lines) {
      const index = line.pane === "price" ? 0 : 2 + panes.indexOf(line.pane);
      const drawn = this.#addStudy(line, index);
      drawn.setData(bars.map((bar, i) => this.#studyPoint(line, bar, line.values[i])));
      this.#studies.set(line.key, drawn);
    }
    this.chart.panes().slice(2).forEach((pane) => pane.setStretchFactor(STUDY_SHARE));
  }

  /** Draw the newest point of each line, changed or new. */
  updateIndicators(lines, bars) {
    for (const line of lines) {
      this.#studies.get(line.key)?.update(this.#studyPoint(line, bars.at(-1), line.values.at(-1)));
    }
  }

  #addStudy(line, index) {
    const { LineSeries, HistogramSeries } = window.LightweightCharts;
    const options = { priceLineVisible: false, lastValueVisible: false, color: this.#colours.series[line.tone] };
    const drawn = line.isHistogram
      ? this.chart.addSeries(HistogramSeries, options, index)
      : this.chart.addSeries(LineSeries, {
        ...options, lineWidth: line.isFaint ? 1 : 2, crosshairMarkerVisible: false,
        // What is drawn over the prices must not squeeze them.
        ...(index === 0 ? { autoscaleInfoProvider: () => null } : {}),
      }, index);
    for (const price of line.levels ?? []) {
      drawn.createPriceLine({ price, color: this.#colours.muted, lineWidth: 1, axisLabelVisible: false, title: "",
        lineStyle: window.LightweightCharts.LineStyle.Dotted });
    }
    return drawn;
  }

  #studyPoint({ isHistogram }, { t }, value) {
    if (value === null) return { time: t / 1000 };
    if (!isHistogram) return { time: t / 1000, value };
    return { time: t / 1000, value, color: value >= 0 ? this.#colours.upVolume : this.#colours.downVolume };
  }

  /** Make the horizontal lines be these: [{key, price (number), title, tone}]. */
  setLines(lines) {
    const wanted = new Map(lines.map((line) => [`${line.key}|${line.price}|${line.title}`, line]));
    for (const [name, drawn] of this.#lines) {
      if (wanted.has(name)) continue;
      this.candles.removePriceLine(drawn);
      this.#lines.delete(name);
    }
    for (const [name, line] of wanted) {
      if (this.#lines.has(name)) continue;
      this.#lines.set(name, this.candles.createPriceLine({
        price: line.price, title: line.title, color: this.#colours[line.tone], lineWidth: 1,
        lineStyle: window.LightweightCharts.LineStyle.Dashed, axisLabelVisible: true,
      }));
    }
  }

  /** Take the page's colours again after the theme or the palette changed. */
  recolour(bars, lines) {
    this.#colours = palette();
    this.chart.applyOptions(chartOptions(this.#colours));
    this.candles.applyOptions(candleOptions(this.#colours));
    this.#last?.applyOptions({ color: this.#colours.accent });
    this.volume.setData(bars.map((bar) => this.#volumeBar(bar)));
    this.setLines([]);
    this.setLines(lines);
  }
}
