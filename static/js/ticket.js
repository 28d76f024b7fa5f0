/** The order ticket: fields in, one order out, never twice. */

import { announce, say } from "./announce.js";
import { byId, setText } from "./dom.js";
import { Decimal } from "./decimal.js";
import * as format from "./format.js";
import { pageOwner } from "./kept.js";
import * as rules from "./order_form.js";
import { clearOutcome, drawReceipt, drawRefusal, isRefusalShown } from "./outcome.js";
import { Previewer, drawPreview } from "./preview.js";
import { openBuyQty } from "./state.js";
import { buttonState } from "./ticket_button.js";
import { FIELDS, beginFields, drawFields, readFields } from "./ticket_fields.js";
import { Unsent } from "./unsent.js";
import { orderTerms } from "./words.js";

/**
 * What it keeps: a ticket belongs to one symbol and to what a person fills in there. It begins anew
 * (buy, limit, day, shares, no quantity, a price suggested by the market) when another symbol is
 * selected, when a person leaves it (Escape, closing the sheet), before anything fills it in (Close,
 * the search box, b and s), and after a closing order was placed. After any other order that was
 * placed only its quantity is gone; after a refusal everything stays, to be mended.
 */
export class Ticket {
  #touched = new Set();
  #receiptId = null;
  #symbol = null;
  #isWayOut = false; // it was filled in to close a position
  #sent = null; // {order, key} of the last press: what a refusal of it answers

  constructor(store) {
    this.store = store;
    this.form = byId("ticket-form");
    this.previewer = new Previewer({ answer: (shown) => this.#answered(shown) });
    this.reading = null;
    this.answer = null;
    this.unsent = new Unsent(store, {
      user: pageOwner(),
      accepted: (order) => this.#accepted(order),
      refused: (body, error) => this.#refused(body, error),
      changed: () => this.unsent && this.draw(),
    });
    this.#listen();
    beginFields(this.form);
    store.on(["ticks", "account", "positions", "assets", "selected", "limits", "connection", "halts"], () => this.draw());
    store.on(["orders"], () => this.#followReceipt());
  }

  fields() {
    return readFields(this.form, this.store.state.selected);
  }

  context() {
    const { ticks, account, positions, assets, selected, limits } = this.store.state;
    return {
      tick: ticks[selected],
      account,
      position: positions?.[selected],
      asset: assets[selected],
      limits,
      openBuyQty: openBuyQty(this.store.state, selected),
    };
  }

  /** Fill in a new ticket: any of {side, type, qty (in `unit`), limitPrice}; the rest is as it begins. */
  fill({ side, type, qty, unit = "shares", limitPrice }) {
    this.#begin();
    if (side) this.form.elements.side.value = side;
    if (type) byId("ticket-type").value = type;
    if (qty !== undefined) {
      this.form.elements.unit.value = unit;
      byId("ticket-amount").value = qty;
    }
    if (limitPrice) byId("ticket-limit").value = limitPrice;
    this.#suggestPrice();
    this.draw({ isTyped: true });
    byId("ticket-amount").focus();
    byId("ticket-amount").select();
  }

  /** Fill in the way out of a position: all that is free of it, at the market, for the day. */
  fillClose(symbol) {
    const position = this.store.state.positions?.[symbol];
    if (!position) return;
    const isLong = Decimal.from(position.qty).sign > 0;
    const qty = Decimal.from(position.qty_available ?? position.qty).abs().trimmed().toString();
    this.fill({ side: isLong ? "sell" : "buy", type: "market", qty });
    this.#isWayOut = true;
  }

  /** Take the bid, the mid or the ask as the limit price. */
  usePrice(name) {
    const text = rules.presetPrice(name, this.context().tick);
    if (text === null) return;
    this.#adoptSymbol();
    byId("ticket-type").value = "limit";
    byId("ticket-limit").value = text;
    this.#closeOutcome();
    this.draw({ isTyped: true });
  }

  /** Leave without ordering: nothing stays armed. */
  leave() {
    this.#begin();
    document.activeElement?.blur();
    this.draw();
  }

  #listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.form.addEventListener("input", ({ target }) => {
      if (target.name === "unit") byId("ticket-amount").value = "";
      if (target.id === "ticket-type") this.#suggestPrice();
      this.#closeOutcome();
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
    byId("receipt-close").addEventListener("click", () => {
      this.#closeOutcome();
      this.draw();
    });
    for (const id of ["sheet-close", "scrim"]) byId(id).addEventListener("click", () => this.leave());
  }

  #useMaximum() {
    const { amount } = rules.maximum(this.fields(), this.context());
    if (amount === null) return;
    byId("ticket-amount").value = amount.trimmed().toString();
    this.#closeOutcome();
    this.draw({ isTyped: true });
  }

  /** A limit order starts at the last price; the presets move it. */
  #suggestPrice() {
    const limit = byId("ticket-limit");
    const last = this.context().tick?.lp;
    if (byId("ticket-type").value !== "limit" || limit.value !== "" || last == null) return;
    limit.value = Decimal.from(last).toPlaces(format.pricePlaces(last)).toString();
  }

  #begin() {
    this.#symbol = this.store.state.selected;
    this.#isWayOut = false;
    this.#touched.clear();
    beginFields(this.form);
    this.#closeOutcome();
  }

  #closeOutcome() {
    this.#receiptId = null;
    clearOutcome();
  }

  /** Another symbol was selected: an order for the one before is none for this one. */
  #adoptSymbol() {
    if (this.store.state.selected !== this.#symbol) this.#begin();
  }

  /** Draw everything the fields and the market imply. */
  draw({ isTyped = false } = {}) {
    this.#adoptSymbol();
    if (this.#isUnpriced()) this.#suggestPrice();
    const fields = this.fields();
    const context = this.context();
    const lock = this.unsent.lockOf(fields.symbol);
    this.reading = rules.readTicket(fields, context);
    const key = this.#wishKey(fields);
    drawFields({ fields, context, reading: this.reading, touched: this.#touched });
    byId("ticket-fields").disabled = lock !== null;
    this.#drawPreviewState(key, lock);
    this.#drawButton(buttonState({ fields, reading: this.reading, lock, answer: this.#answerTo(key), state: this.store.state, isReasonTold: isRefusalShown() }));
    if (lock === null) this.previewer.want(this.reading.order, { isTyped, key });
  }

  #drawButton({ words, tone, isDisabled }) {
    const button = byId("ticket-submit");
    button.disabled = isDisabled;
    button.dataset.tone = tone;
    setText(button, words);
  }

  #isUnpriced() {
    return byId("ticket-limit").value === "" && !this.#touched.has("ticket-limit") && document.activeElement !== byId("ticket-limit");
  }

  /** What was wished for. Dollars turn into other shares at every tick and are still the same wish. */
  #wishKey(fields) {
    const { order } = this.reading;
    return JSON.stringify(order && { ...order, qty: `${fields.amount} ${fields.unit}` });
  }

  /** The server's answer to this wish; null while there is none. */
  #answerTo(key) {
    return this.answer?.key === key ? this.answer : null;
  }

  #drawPreviewState(key, lock) {
    if (this.reading.order === null || lock !== null) {
      this.answer = null;
      drawPreview(null);
      return;
    }
    if (this.answer?.order.symbol !== this.reading.order.symbol) drawPreview(null); // another symbol's numbers
    for (const id of ["preview", "foresight"]) byId(id).classList.toggle("pending", this.#answerTo(key) === null);
  }

  #answered(shown) {
    this.answer = shown;
    drawPreview(shown);
    const { limits } = shown.result ?? {};
    if (limits) this.store.change((state) => ({ ...state, limits }), "limits");
    this.draw();
  }

  #submit() {
    const { order, problems } = this.reading;
    if (byId("ticket-submit").disabled) return;
    if (order === null) {
      this.#touched.add(FIELDS[problems[0].field]);
      this.draw();
      byId(FIELDS[problems[0].field]).focus();
      return;
    }
    this.#closeOutcome();
    this.#sent = { order, key: this.#wishKey(this.fields()) };
    this.unsent.send(order);
  }

  #accepted(order) {
    say(`Placed: ${orderTerms(order)}.`);
    if (order.symbol !== this.store.state.selected) return;
    if (this.#isWayOut) this.#begin();
    byId("ticket-amount").value = ""; // a second press of the button must not be a second order
    this.#touched.clear();
    this.#receiptId = order.id;
    drawReceipt(order);
    this.draw();
  }

  #refused(body, error) {
    const { client_order_id: _, ...order } = body;
    // The refusal answers this wish until a preview says otherwise: the same again would be refused, too.
    if (this.#sent && JSON.stringify(order) === JSON.stringify(this.#sent.order)) {
      this.answer = { order, key: this.#sent.key, result: null, error };
    }
    if (body.symbol === this.store.state.selected) drawRefusal(body, error);
    else announce(`Refused: ${orderTerms(body)}. ${error.message}`, "bad");
    this.draw();
  }

  #followReceipt() {
    const order = this.store.state.orders?.[this.#receiptId];
    if (order) drawReceipt(order);
  }
}
