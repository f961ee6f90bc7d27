/** The tags or the accounts of the contacts, looked for by how they begin: a team may have more than any list shows. */

import { sentenceOf } from "../api/client";
import type { Page, Schemas } from "../api/types";

type Label = Schemas["ContactLabel"];

const AFTER_MS = 200;

export class LabelSearch {
  /** Those that begin as was asked, the first of them. */
  found = $state.raw<Label[]>([]);
  /** Whether there are others that begin so. */
  isMore = $state(false);
  /** Whether there are others at all, so that searching means something. */
  isLong = $state(false);
  /** Whether there are none at all. */
  isEmpty = $state(false);
  failure = $state<string | null>(null);

  readonly #ask: (text: string) => Promise<Page<Label>>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor(ask: (text: string) => Promise<Page<Label>>) {
    this.#ask = ask;
    void this.#look("").then(() => {
      this.isLong = this.isMore;
      this.isEmpty = this.failure === null && this.found.length === 0;
    });
  }

  /** Looks once one stops typing. */
  typed(text: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(text.trim()), AFTER_MS);
  }

  async #look(text: string): Promise<void> {
    const asked = ++this.#asked;
    try {
      const { items, next_cursor } = await this.#ask(text);
      if (asked !== this.#asked) return;
      [this.found, this.isMore, this.failure] = [items, next_cursor !== null, null];
    } catch (cause) {
      if (asked === this.#asked) this.failure = sentenceOf(cause);
    }
  }
}
