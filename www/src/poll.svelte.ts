/**
 * Asks again and again while somebody looks: fast while things change, slower while they do
 * not, not at all while the page is hidden.
 */

import { sentenceOf } from "./api/api";

interface Pace<T> {
  /** The pause after something has changed. */
  fastest_ms?: number;
  /** The pause it backs off to. */
  slowest_ms?: number;
  /** Says when a value can change no more. */
  done?: (value: T) => boolean;
  /** Says when it changes seldom from now on, as what is over does: then the pauses are `SELDOM`. */
  seldom?: (value: T) => boolean;
}

type Range = Pick<Required<Pace<unknown>>, "fastest_ms" | "slowest_ms">;

/** For what comes in for days, such as receipts. */
export const SELDOM: Range = { fastest_ms: 30_000, slowest_ms: 120_000 };

export class Poll<T> {
  value = $state.raw<T | null>(null);
  failure = $state<string | null>(null);

  readonly #ask: () => Promise<T>;
  readonly #pace: Required<Pace<T>>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #range: Range;
  #pause_ms: number;
  #seen = "";
  #running = false;
  #round = 0;

  constructor(ask: () => Promise<T>, pace: Pace<T> = {}) {
    this.#ask = ask;
    this.#pace = { fastest_ms: 2_000, slowest_ms: 30_000, done: () => false, seldom: () => false, ...pace };
    this.#range = this.#pace;
    this.#pause_ms = this.#range.fastest_ms;
  }

  /** Starts; gives what stops it, as an effect wants it. */
  start(): () => void {
    const look = () => {
      if (!document.hidden) this.now();
      else clearTimeout(this.#timer);
    };
    this.#running = true;
    document.addEventListener("visibilitychange", look);
    look();
    return () => {
      this.#running = false;
      this.#round += 1;
      clearTimeout(this.#timer);
      document.removeEventListener("visibilitychange", look);
    };
  }

  /** Asks at once, and starts over with short pauses. */
  now(): void {
    this.#pause_ms = this.#range.fastest_ms;
    void this.#turn();
  }

  /** Takes in a value that came another way, such as the answer to a change. */
  put(value: T): void {
    this.value = value;
    this.now();
  }

  async #turn(): Promise<void> {
    clearTimeout(this.#timer);
    const round = ++this.#round;
    try {
      const value = await this.#ask();
      if (round !== this.#round) return;
      const text = JSON.stringify(value);
      this.#range = this.#pace.seldom(value) ? SELDOM : this.#pace;
      this.#pause_ms = text === this.#seen ? this.#longer(1.5) : this.#range.fastest_ms;
      this.#seen = text;
      this.value = value;
      this.failure = null;
      if (this.#pace.done(value)) return;
    } catch (cause) {
      if (round !== this.#round) return;
      this.failure = sentenceOf(cause);
      this.#pause_ms = this.#longer(2);
    }
    if (this.#running && !document.hidden) this.#timer = setTimeout(() => void this.#turn(), this.#pause_ms);
  }

  #longer(times: number): number {
    return Math.min(this.#pause_ms * times, this.#range.slowest_ms);
  }
}
