/** What a page keeps in this browser. Each key belongs to a user: nobody is offered what another left. */

const PREFIX = "openbell.";

/** Whose page this is: the id of the user that the server made it for, empty if nobody was signed in. */
export const pageOwner = () => globalThis.document?.documentElement?.dataset?.user ?? "";

/** The key under which `name` is kept for a user. */
export const keyOf = (user, name) => `${PREFIX}${user}.${name}`;

/** Forget what is kept in a storage, but for what belongs to the user `but` (null: everything). */
export function forgetKept(storage, { but = null } = {}) {
  try {
    const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
    const isOwn = (key) => but !== null && key.startsWith(keyOf(but, ""));
    for (const key of keys) if (key.startsWith(PREFIX) && !isOwn(key)) storage.removeItem(key);
  } catch {
    // Storage is refused in some private windows: then nothing is kept either.
  }
}
