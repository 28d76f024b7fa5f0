"""The chart's axis in a browser far from New York: each day's date stands where that day begins."""

import re
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.screen import DESKTOP, Screen
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

NEW_YORK = ZoneInfo("America/New_York")
DAYS = 3
STEPS = {"5Min": 5, "15Min": 15, "1Hour": 60}
# Keeps what the time axis said when it was last drawn, and where each text stood.
KEEP_LABELS = r"""
  window.axis = { frame: null, labels: [] };
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    if (/^(\d\d:\d\d|[A-Z][a-z]{2} \d+)$/.test(text)) {
      const frame = document.timeline.currentTime;
      if (window.axis.frame !== frame) window.axis = { frame, labels: [] };
      const { a, e } = this.getTransform();
      window.axis.labels.push([a * x + e, text]);
    }
    return write.call(this, text, x, y);
  };
"""


# By timeframe: what the chart says that it draws, and how its legend writes a bar's time.
LEGENDS = {
    "5m": ("5 minute candles: ", r"^[A-Z][a-z]{2} \d+ \d\d:\d\d ET$"),
    "1D": (r"1 day candles: \d{3} bars", r"^[A-Z][a-z]{2} \d+, 20\d\d$"),
    "1W": (r"1 week candles: 1\d\d bars", r"^Week of [A-Z][a-z]{2} \d+, 20\d\d$"),
}


def bars_of(first: date, step: int) -> list[dict[str, object]]:
    """
    Return bars from 04:00 to 20:00 New York, newest first, with a gap at 19:00.

    The newest day has only come to 09:00, so that its first bar is in view.
    """
    opens = [
        datetime.combine(first + timedelta(days=day), time(), NEW_YORK) + timedelta(minutes=minute)
        for day in range(DAYS)
        for minute in range(240, 540 if day == DAYS - 1 else 1200, step)
        if step == STEPS["1Hour"] or not 1135 <= minute <= 1145
    ]
    bar = {"o": 97.0, "h": 97.5, "l": 96.5, "c": 97.2, "v": 100, "n": 1, "vw": 97.1}
    texts = [f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for at in reversed(opens)]
    return [{"t": text, **bar} for text in texts]


def labels(page: Page) -> list[str]:
    """Return what the time axis says, from left to right."""
    return [text for _, text in sorted(page.evaluate("window.axis.labels"))]


@pytest.mark.parametrize("first", [date(2026, 11, 23), date(2026, 7, 13)], ids=["winter", "summer"])
@pytest.mark.parametrize("timeframe", ["5m", "15m", "1h"])
def test_the_axis_has_each_new_york_day_at_its_first_bar(browser, platform, first, timeframe):
    screen = Screen(browser, platform, size=DESKTOP)
    page = screen.page
    page.add_init_script(KEEP_LABELS)
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Kolkata"})

    def answer(route: Route) -> None:
        wanted = parse_qs(urlsplit(route.request.url).query)["timeframe"][0]
        found = bars_of(first, STEPS[wanted]) if wanted in STEPS else []
        route.fulfill(json={"bars": found, "symbol": "IBM", "next_page_token": None})

    page.route(re.compile(r"/v2/stocks/[^/]+/bars"), answer)
    screen.trade("alice", "IBM")
    page.get_by_test_id(f"timeframe-{timeframe}").click()
    expect(page.get_by_test_id("chart-canvas")).to_have_attribute(
        "aria-label", re.compile(rf"\b{len(bars_of(first, STEPS[_wire(timeframe)]))} bars")
    )
    newest = first + timedelta(days=DAYS - 1)
    wanted = f"{newest:%b} {newest.day}"
    until(lambda: wanted in labels(page), what=f"the axis to say {wanted}")
    said = labels(page)
    clock = ""
    for text in said:
        if ":" not in text:
            clock = ""  # a day begins
            continue
        assert text > clock, f"the clock goes back without a date: {said}"
        clock = text
    screen.close()


def _wire(timeframe: str) -> str:
    return {"5m": "5Min", "15m": "15Min", "1h": "1Hour"}[timeframe]


def chart_says(page: Page, words: str) -> None:
    expect(page.get_by_test_id("chart-canvas")).to_have_attribute("aria-label", re.compile(words))


@pytest.mark.parametrize("timeframe", sorted(LEGENDS))
def test_the_legend_says_the_date_of_the_newest_bar(browser, platform, timeframe):
    screen = Screen(browser, platform, size=DESKTOP)
    page = screen.page
    screen.trade("alice", "IBM")
    page.get_by_test_id(f"timeframe-{timeframe}").click()
    words, said = LEGENDS[timeframe]
    chart_says(page, words)
    expect(page.locator("#legend-t")).to_have_text(re.compile(said))
    screen.close()


def test_a_chart_that_was_scrolled_back_goes_to_now_at_a_press(browser, platform):
    screen = Screen(browser, platform, size=DESKTOP)
    page = screen.page
    screen.trade("alice", "IBM")
    page.get_by_test_id("timeframe-1D").click()
    chart_says(page, "1 day candles")
    to_now = page.get_by_test_id("chart-now")
    expect(to_now).to_be_hidden()
    box = page.get_by_test_id("chart-canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 3, box["y"] + box["height"] / 3
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + box["width"] / 2, y, steps=5)
    page.mouse.up()
    to_now.click()
    expect(to_now).to_be_hidden()
    screen.close()


def test_going_to_now_shows_the_whole_newest_bar_though_one_arrives(browser, platform):
    screen = Screen(browser, platform, size=DESKTOP)
    screen.enter("alice")
    was_now, is_now, end = screen.page.evaluate("""async () => {
      const { ChartCanvas } = await import("/static/js/chart_canvas.js");
      const place = document.createElement("div");
      Object.assign(place.style, { position: "fixed", top: 0, width: "800px", height: "400px" });
      document.body.append(place);
      let isNow = null;
      const onScroll = (isNowInSight) => { isNow = isNowInSight; };
      const canvas = new ChartCanvas(place, { onHover: () => {}, onScroll });
      const start = Date.UTC(2026, 0, 5, 15);
      const bar = (i) => ({ t: start + i * 60_000, o: 10, h: 11, l: 9, c: 10, v: 1 });
      const drawn = async () => {
        for (const _ of [1, 2, 3]) await new Promise(requestAnimationFrame);
      };
      canvas.setBars(Array.from({ length: 300 }, (_, i) => bar(i)), { places: 2, isByDay: false });
      await drawn();
      canvas.chart.timeScale().setVisibleLogicalRange({ from: 50, to: 150 });
      await drawn();
      const wasNow = isNow;
      canvas.goToNow();
      canvas.updateBar(bar(300));
      await drawn();
      return [wasNow, isNow, canvas.chart.timeScale().getVisibleLogicalRange().to];
    }""")
    assert (was_now, is_now) == (False, True)
    assert end >= 300.5  # half a bar lies after the middle of the 301st
    screen.close()
