/** Holds the state and tells the panels, at most once a frame, which topics changed. */

export class Store {
  #listeners = [];
  #pending = new Set();
  #schedule;

  /** `schedule` runs its argument soon, once: requestAnimationFrame in a page, anything in a test. */
  constructor(state, schedule = (run) => requestAnimationFrame(run)) {
    this.state = state;
    this.#schedule = schedule;
  }

  /**
   * Replace the state by `reducer(state)` and mark topics as changed. It takes a function so that
   * nobody builds on a state read before waiting for something.
   */
  change(reducer, ...topics) {
    this.state = reducer(this.state);
    if (this.#pending.size === 0) this.#schedule(() => this.#flush());
    for (const topic of topics) this.#pending.add(topic);
  }

  /** Call `listener(state, topics)` when one of the topics changed, and once now. */
  on(topics, listener) {
    this.#listeners.push({ topics: new Set(topics), listener });
    listener(this.state, new Set(topics));
  }

  #flush() {
    const changed = this.#pending;
    this.#pending = new Set();
    for (const { topics, listener } of this.#listeners) {
      const mine = new Set([...changed].filter((topic) => topics.has(topic)));
      if (mine.size > 0) this.#tell(listener, mine);
    }
  }

  /** A panel that fails is reported, and does not stop the others. */
  #tell(listener, topics) {
    try {
      listener(this.state, topics);
    } catch (error) {
      reportError(error);
    }
  }
}
