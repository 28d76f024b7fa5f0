/** The connection's line in the top bar, and the banner when something is wrong. */

import { byId, setText } from "./dom.js";
import * as format from "./format.js";
import { recordedWords } from "./replay.js";
import { sourceWord } from "./words.js";

function seconds(retryAt) {
  return Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
}

/** Age of the newest tick of any symbol, ms on the server's clock; null without one. */
function newestAge(state) {
  const times = Object.values(state.ticks).map(({ t }) => t).filter((t) => t); // a symbol may have none yet
  const newest = Math.max(...times, -Infinity);
  return Number.isFinite(newest) ? Math.max(0, Date.now() - state.skewMs - newest) : null;
}

/** Whether what is sent now would not arrive; true for as long as it takes, trying again included. */
export function isCutOff({ quotesSocket, accountSocket }) {
  return [quotesSocket, accountSocket].some(({ status, attempt }) => status !== "open" && attempt > 0);
}

/** What a market that is not the live one is called; empty for the live one, which alone is green. */
function unrealWords({ feed, skewMs }, name) {
  switch (feed?.kind) {
    case "REPLAY": return `${name} of ${recordedWords(feed, Date.now() - skewMs) || "a recorded day"}`;
    case "SIMULATED": return `${name} · not a real market`;
    case "DELAYED": return `${name} · delayed`;
    default: return "";
  }
}

/** {tone, text} of the line: tone is "connecting", "live", "unreal", "warn" or "off". */
export function connectionWords(state) {
  const { quotesSocket, accountSocket, feed } = state;
  const statuses = [quotesSocket.status, accountSocket.status];
  if (statuses.includes("ended")) return { tone: "off", text: "Signed out" };
  if (statuses.includes("offline")) return { tone: "off", text: "Offline" };
  const waiting = [quotesSocket, accountSocket].find(({ status }) => status === "waiting");
  if (waiting) return { tone: "warn", text: `Reconnecting in ${seconds(waiting.retryAt)} s` };
  if (isCutOff(state)) return { tone: "warn", text: "Reconnecting" };
  if (statuses.includes("connecting")) return { tone: "connecting", text: "Connecting" };
  const name = feed ? sourceWord(feed.name) : "Feed";
  if (feed && !feed.connected) return { tone: "warn", text: `${name} stopped` };
  const age = newestAge(state);
  const unreal = unrealWords(state, name);
  if (unreal && age !== null && age < 10_000) return { tone: "unreal", text: unreal };
  if (age !== null && age < 2000) return { tone: "live", text: `${name} · live` };
  const tone = unreal ? "unreal" : "live";
  if (state.clock && !state.clock.is_open) return { tone, text: `${name} · market closed` };
  if (age === null) return { tone: "connecting", text: `${name} · no price yet` }; // the first is on its way
  return { tone: age > 10_000 ? "warn" : tone, text: `${name} · ${format.age(age)} ago` };
}

/** How each source of the feed is, a line each; empty where the feed is its own source. */
export function sourceWords({ feed }) {
  const lines = (feed?.sources ?? []).map(
    ({ name, connected, detail }) => `${sourceWord(name)}: ${connected ? "connected" : detail || "not connected"}`,
  );
  return lines.join("\n");
}

/** What the banner says, null when all is well. */
export function bannerWords(state) {
  const { quotesSocket, accountSocket, feed, clock } = state;
  const statuses = [quotesSocket.status, accountSocket.status];
  if (statuses.includes("ended")) return { text: "Your session has ended. Nothing was lost; orders keep working.", action: "sign-in" };
  if (statuses.includes("offline")) return { text: "You are offline. Prices are frozen and grey; orders already placed keep working.", action: null };
  if (quotesSocket.attempt + accountSocket.attempt > 1) {
    return { text: "The connection was lost. Prices are grey with their age until it is back.", action: "retry" };
  }
  if (feed && !feed.connected) return { text: `The price feed has stopped. ${feed.detail || "Orders are refused while prices are stale."}`, action: null };
  if (clock && !clock.is_open) {
    return { text: `The market is closed. It opens ${format.opening(clock.next_open)}; day and until-canceled orders wait for it.`, action: null };
  }
  return null;
}

/** Draw the line and the banner, and again every second since ages grow by themselves. */
export function showConnection(store, { retry }) {
  const line = byId("connection");
  const banner = byId("banner");
  const badge = byId("mode-badge");
  const draw = () => {
    const { tone, text } = connectionWords(store.state);
    line.dataset.state = tone;
    setText(line, text);
    line.title = sourceWords(store.state);
    if (store.state.feed) setText(badge, `PAPER · ${store.state.feed.label.toUpperCase()}`);
    const words = bannerWords(store.state);
    banner.hidden = words === null;
    if (words === null) return;
    setText(banner.querySelector("p"), words.text);
    banner.querySelector("a").hidden = words.action !== "sign-in";
    banner.querySelector("button").hidden = words.action !== "retry";
  };
  banner.querySelector("button").addEventListener("click", retry);
  store.on(["connection", "feed", "clock", "ticks"], draw);
  setInterval(draw, 1000);
}
