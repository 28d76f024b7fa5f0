/** Says, before a kill switch is engaged, what it stops and how many working orders it will cancel. */
"use strict";
{
  const REFRESH_MS = 3000;

  const fields = () => ({
    scope: document.querySelector("input[name=scope]:checked")?.value ?? "",
    account: document.getElementById("id_account_id")?.value ?? "",
    symbol: document.getElementById("id_symbol")?.value ?? "",
  });

  /** What is asked of the server; null while the choice is not whole. */
  function question({ scope, account, symbol }) {
    if (scope === "FIRM") return new URLSearchParams();
    if (scope === "ACCOUNT") return account ? new URLSearchParams({ account }) : null;
    if (scope === "SYMBOL") return symbol ? new URLSearchParams({ symbol }) : null;
    return null;
  }

  const words = (count) => (count === 0
    ? "No order works there now; new ones will be refused."
    : `This cancels ${count === 1 ? "one working order" : `${count} working orders`} at once, and new ones will be refused.`);

  /** "Stop trading in AAPL": what the button does, as far as it is chosen. */
  function stopWords({ scope, account, symbol }) {
    if (scope === "FIRM") return "Stop trading in the whole firm";
    if (scope === "ACCOUNT" && account) return "Stop trading in this account";
    if (scope === "SYMBOL" && symbol) return `Stop trading in ${symbol}`;
    return "Stop trading";
  }

  function show(id, isShown) {
    const row = document.getElementById(id)?.closest("[class*='field-']");
    if (row) row.hidden = !isShown;
  }

  let token = 0; // a slow answer to an older choice must not overwrite a newer one

  async function tell(box) {
    const mine = ++token;
    const chosen = fields();
    show("id_account_id", chosen.scope === "ACCOUNT");
    show("id_symbol", chosen.scope === "SYMBOL");
    const button = document.getElementById("stop-trading");
    if (button) button.textContent = stopWords(chosen);
    const asked = question(chosen);
    if (asked === null) {
      box.textContent = chosen.scope ? "Choose which one: how many working orders it cancels is said here." : "Choose what is stopped.";
      return;
    }
    try {
      const answer = await fetch(`${box.dataset.address}?${asked}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const { count } = await answer.json();
      if (mine === token) box.textContent = words(count);
    } catch {
      if (mine === token) box.textContent = "How many working orders it cancels could not be found out.";
    }
  }

  /** What is not of the chosen scope is not sent: the server would refuse the two together. */
  function drop() {
    const { scope } = fields();
    const clear = (id) => window.django.jQuery(`#${id}`).val(null).trigger("change.select2");
    if (scope !== "ACCOUNT") clear("id_account_id");
    if (scope !== "SYMBOL") clear("id_symbol");
  }

  window.addEventListener("load", () => {
    const box = document.getElementById("working-orders");
    if (!box) return;
    for (const radio of document.querySelectorAll("input[name=scope]")) {
      radio.addEventListener("change", () => { drop(); tell(box); });
    }
    // The choosers' own library tells its changes to its own listeners only.
    window.django.jQuery("#id_account_id, #id_symbol").on("change", () => tell(box));
    setInterval(() => document.visibilityState === "visible" && tell(box), REFRESH_MS);
    tell(box);
  });
}
