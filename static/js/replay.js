/** A replay shows another day's market: which moment of it is played now, and what is not in it. */

const DAY = new Intl.DateTimeFormat("en-US", { timeZone: "America/New_York", year: "numeric", month: "short", day: "numeric" });
const TIME = new Intl.DateTimeFormat("en-US", { timeZone: "America/New_York", hourCycle: "h23", hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** The recorded moment that is played at `nowMs` of the server's clock, ms; null if none is. */
export function recordedMs(feed, nowMs) {
  const played = feed?.replayed;
  if (!played) return null;
  const at = played.from_ms + (nowMs - played.opened_ms) * played.speed;
  return Math.min(played.to_ms, Math.max(played.from_ms, at));
}

/** "Jan 2, 2025, 09:31:12 ET"; empty where nothing recorded is played. */
export function recordedWords(feed, nowMs) {
  const at = recordedMs(feed, nowMs);
  return at === null ? "" : `${DAY.format(at)}, ${TIME.format(at)} ET`;
}

/** Whether the recording that is played has nothing of a symbol. */
export const isNotRecorded = (state, symbol) => Boolean(symbol) && state.feed?.kind === "REPLAY"
  && state.carried != null && !state.carried.includes(symbol);
