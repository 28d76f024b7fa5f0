/** The order ticket: fields in, one order out, never twice. */

import { say } from "./announce.js";
import { byId, setText } from "./dom.js";
import { Decimal } from "./decimal.js";
import * as format from "./format.js";
import * as http from "./http.js";
import { Intention, askFor, sendOrder } from "./intention.js";
import * as rules from "./order_form.js";
import { clearOutcome, drawReceipt, drawRefusal, drawUnsettled } from "./outcome.js";
import { Previewer, drawPreview } from "./preview.js";
import { applyOrder } from "./state.js";
import { FIELDS, drawFields, readFields } from "./ticket_fields.js";
import { orderWords } from "./words.js";

export class Ticket {
  #reserve = null; // {for, ratio}: what the server kept aside per dollar of the last previewed buy
  #touched = new Set();
  #receiptId = null;
  #symbol = null;

  constructor(store) {
    this.store = store;
    this.form = byId("ticket-form");
    this.intention = new Intention({ storage: sessionStorage });
    this.previewer = new Previewer({ answer: (shown) => this.#answered(shown) });
    this.reading = null;
    this.answer = null;
    this.#listen();
    store.on(["ticks", "account", "positions", "assets", "selected"], () => this.draw());
    store.on(["orders"], () => this.#followReceipt());
    if (this.intention.status === "unknown") this.#settleKept();
  }

  fields() {
    return readFields(this.form, this.store.state.selected);
  }

  context() {
    const { ticks, account, positions, assets, selected } = this.store.state;
    const { side, type } = this.fields();
    const isSame = this.#reserve?.for === `${selected} ${side} ${type}`;
    return {
      tick: ticks[selected],
      account,
      position: positions?.[selected],
      asset: assets[selected],
      reserveRatio: isSame ? this.#reserve.ratio : null,
    };
  }

  /** Fill the ticket: any of {symbol, side, type, qty (in `unit`), limitPrice}. */
  fill({ side, type, qty, unit = "shares", limitPrice }) {
    this.#adoptSymbol();
    if (side) this.form.elements.side.value = side;
    if (type) byId("ticket-type").value = type;
    if (qty !== undefined) {
      this.form.elements.unit.value = unit;
      byId("ticket-amount").value = qty;
    }
    if (limitPrice) byId("ticket-limit").value = limitPrice;
    this.#suggestPrice();
    clearOutcome();
    this.draw({ isTyped: true });
    byId("ticket-amount").focus();
    byId("ticket-amount").select();
  }

  /** Fill the way out of a position. */
  fillClose(symbol) {
    const position = this.store.state.positions?.[symbol];
    if (!position) return;
    const isLong = Decimal.from(position.qty).sign > 0;
    const qty = Decimal.from(position.qty_available ?? position.qty).abs().trimmed().toString();
    this.fill({ side: isLong ? "sell" : "buy", type: "market", qty });
  }

  /** Take the bid, the mid or the ask as the limit price. */
  usePrice(name) {
    const text = rules.presetPrice(name, this.context().tick);
    if (text === null) return;
    byId("ticket-type").value = "limit";
    byId("ticket-limit").value = text;
    this.draw({ isTyped: true });
  }

  /** Escape: leave without ordering. */
  leave() {
    clearOutcome();
    this.#receiptId = null;
    document.activeElement?.blur();
  }

  #listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.form.addEventListener("input", ({ target }) => {
      if (target.name === "unit") byId("ticket-amount").value = "";
      if (target.id === "ticket-type") this.#suggestPrice();
      clearOutcome();
      this.draw({ isTyped: true });
    });
    this.form.addEventListener("focusout", ({ target }) => {
      if (target.value && Object.values(FIELDS).includes(target.id)) this.#touched.add(target.id);
      this.draw();
    });
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.repeat) event.preventDefault(); // a held key is one order
    });
    byId("ticket-limit").addEventListener("keydown", (event) => {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      event.target.value = rules.stepPrice(event.target.value, step);
      this.draw({ isTyped: true });
    });
    for (const button of this.form.querySelectorAll("[data-preset]")) {
      button.addEventListener("click", () => this.usePrice(button.dataset.preset));
    }
    byId("ticket-max").addEventListener("click", () => this.#useMaximum());
    byId("unsettled-retry").addEventListener("click", () => this.#send(null));
    byId("receipt-close").addEventListener("click", () => this.leave());
  }

  #useMaximum() {
    const { qty } = rules.maximum(this.fields(), this.context());
    if (qty === null) return;
    this.form.elements.unit.value = "shares";
    byId("ticket-amount").value = qty.trimmed().toString();
    this.draw({ isTyped: true });
  }

  /** A limit order starts at the last price; the presets move it. */
  #suggestPrice() {
    const limit = byId("ticket-limit");
    const last = this.context().tick?.lp;
    if (byId("ticket-type").value !== "limit" || limit.value !== "" || last == null) return;
    limit.value = Decimal.from(last).toPlaces(format.pricePlaces(last)).toString();
  }

  /** Another symbol was selected: its price is not this one's, nor is the receipt. */
  #adoptSymbol() {
    if (this.store.state.selected === this.#symbol) return;
    this.#symbol = this.store.state.selected;
    byId("ticket-limit").value = "";
    this.#touched.clear();
    if (this.intention.status === "idle") clearOutcome();
    this.#receiptId = null;
  }

  /** Draw everything the fields and the market imply. */
  draw({ isTyped = false } = {}) {
    this.#adoptSymbol();
    if (this.#isUnpriced()) this.#suggestPrice();
    const fields = this.fields();
    const context = this.context();
    const isLocked = this.intention.status !== "idle";
    this.reading = rules.readTicket(fields, context);
    drawFields({ fields, context, reading: this.reading, touched: this.#touched });
    byId("ticket-fields").disabled = isLocked;
    const button = byId("ticket-submit");
    button.disabled = isLocked || !fields.symbol;
    button.classList.toggle("incomplete", this.reading.order === null);
    setText(button, this.intention.status === "sending" ? "Sending" : rules.buttonWords(fields, this.reading));
    const key = this.#wishKey(fields);
    this.#drawPreviewState(key);
    if (!isLocked) this.previewer.want(this.reading.order, { isTyped, key });
  }

  #isUnpriced() {
    return byId("ticket-limit").value === "" && !this.#touched.has("ticket-limit") && document.activeElement !== byId("ticket-limit");
  }

  /** What was wished for. Dollars turn into other shares at every tick and are still the same wish. */
  #wishKey(fields) {
    const { order } = this.reading;
    return JSON.stringify(order && { ...order, qty: `${fields.amount} ${fields.unit}` });
  }

  #drawPreviewState(key) {
    if (this.reading.order === null) {
      this.answer = null;
      drawPreview(null);
      return;
    }
    byId("preview").classList.toggle("pending", this.answer?.key !== key);
  }

  #answered(shown) {
    this.answer = shown;
    drawPreview(shown);
    this.#learnReserve(shown);
    this.draw();
  }

  #learnReserve({ order, result }) {
    const { ticks, account } = this.store.state;
    const reference = order.limit_price ?? ticks[order.symbol]?.ap;
    const after = Decimal.from(result?.buying_power_after);
    if (order.side !== "buy" || reference == null || after === null || !account) return;
    const reserved = Decimal.from(account.buying_power).minus(after);
    const ratio = reserved.dividedBy(Decimal.from(order.qty).times(Decimal.from(reference)), 6, "up");
    const isPlausible = ratio !== null && ratio.sign > 0;
    this.#reserve = isPlausible ? { for: `${order.symbol} ${order.side} ${order.type}`, ratio } : null;
  }

  #submit() {
    const { order, problems } = this.reading;
    if (order === null) {
      this.#touched.add(FIELDS[problems[0].field]);
      this.draw();
      byId(FIELDS[problems[0].field]).focus();
      return;
    }
    this.#send(order);
  }

  async #send(order) {
    const body = this.intention.begin(order);
    if (body === null) return;
    clearOutcome();
    this.draw();
    const outcome = await sendOrder(body, { place: http.placeOrder, findByClientId: http.findByClientId });
    this.#settle(body, outcome);
  }

  /** After a reload with an order unanswered: ask for it before anything else is sent. */
  async #settleKept() {
    const { body } = this.intention;
    drawUnsettled(body, false);
    this.#settle(body, await askFor(body, { findByClientId: http.findByClientId }));
  }

  #settle(body, outcome) {
    const asOrder = { ...body, limit_price: body.limit_price ?? null };
    if (outcome.kind === "accepted") {
      this.intention.settle();
      this.#receiptId = outcome.order.id;
      byId("ticket-amount").value = ""; // a second press of the button must not be a second order
      this.#touched.clear();
      this.store.change((state) => applyOrder(state, outcome.order), "orders");
      drawReceipt(this.store.state.orders[outcome.order.id]);
      say(`Placed: ${orderWords(outcome.order)}.`);
    } else if (outcome.kind === "refused") {
      this.intention.settle();
      drawRefusal(asOrder, outcome.error);
    } else {
      this.intention.lose();
      drawUnsettled(body, outcome.isAbsent);
    }
    this.draw();
  }

  #followReceipt() {
    const order = this.store.state.orders?.[this.#receiptId];
    if (order) drawReceipt(order);
  }
}
