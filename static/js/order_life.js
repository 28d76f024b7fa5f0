/** One order's life: what was checked, what happened, what was executed. */

import { checkName, checkSentence, limitWords, measuredWords } from "./check_words.js";
import { el } from "./dom.js";
import * as format from "./format.js";

function section(title, note, content) {
  return el("section", { class: "life-part" }, el("h2", {}, title, el("small", {}, note)), content);
}

function table(name, headings, rows) {
  const head = el("tr", {}, ...headings.map(([text, isNumber]) => el("th", { scope: "col", class: isNumber ? "num" : null }, text)));
  const body = rows.map((cells) => el("tr", {}, ...cells.map((cell, index) => {
    const [text, isNumber] = headings[index];
    const kind = isNumber ? "num" : index === cells.length - 1 ? "wide" : null; // the last are words or an id
    return el("td", { class: kind, "data-label": text }, cell);
  })));
  return el("div", { class: "scroll cards", role: "group", "aria-label": name, tabindex: "0" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...body)));
}

function checks(list) {
  const passed = list.filter((check) => check.passed).length;
  const rows = list.map((check) => [
    el("span", { class: check.passed ? "ok" : "bad" }, check.passed ? "✓ passed" : "✕ failed"),
    checkName(check),
    measuredWords(check),
    limitWords(check),
    checkSentence(check),
  ]);
  return section("Risk checks", `${passed} of ${list.length} passed`, list.length === 0
    ? el("p", { class: "muted" }, "No check was recorded.")
    : table("Risk checks", [["Result", false], ["Check", false], ["Measured", true], ["Limit", true], ["In words", false]], rows));
}

/** How the times of one life are written: with milliseconds where several share a second. */
export function timeWords(times) {
  const seconds = times.map(format.dateTime);
  return new Set(seconds).size < seconds.length ? format.exactTime : format.time;
}

/** "order filled" of OrderFilled. Risk's no and the market's are one word to people: refused. */
export const eventName = (type) => type.replace(/([a-z])([A-Z])/g, "$1 $2").replaceAll("_", " ").toLowerCase()
  .replace(/\b(denied|rejected)\b/, "refused");

function events(list, timeOf) {
  const items = list.map((event) => el("li", {},
    el("time", { datetime: event.at }, timeOf(event.at)),
    el("b", {}, eventName(event.type)),
    el("span", {}, event.summary ?? "")));
  return section("Events", `${list.length}, times in New York`, el("ol", { class: "timeline" }, ...items));
}

function executions(list, timeOf) {
  const rows = list.map((execution) => [
    timeOf(execution.at), format.quantity(execution.qty), format.price(execution.price),
    el("code", {}, execution.exec_id),
  ]);
  return section("Executions", String(list.length), list.length === 0
    ? el("p", { class: "muted" }, "Nothing was executed.")
    : table("Executions", [["Time", true], ["Quantity", true], ["Price", true], ["Execution id", false]], rows));
}

function identity(order) {
  const pair = (term, value) => [el("dt", {}, term), el("dd", {}, el("code", {}, value))];
  return el("dl", { class: "identity" }, ...pair("Order id", order.id), ...pair("Client order id", order.client_order_id));
}

/** Everything known about an order, as one element. */
export function drawLife({ order, checks: checked, events: happened, executions: executed }) {
  const timeOf = timeWords(happened.map(({ at }) => at));
  return el("div", { class: "life" },
    el("div", { class: "life-left" }, events(happened, timeOf), executions(executed, timeOf)),
    el("div", { class: "life-right" }, checks(checked), identity(order)));
}
