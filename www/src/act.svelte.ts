/** Something that a person does: one at a time, and then in words what came of it. */

import { Refused, sentenceOf } from "./api/client";

export class Act {
  busy = $state(false);
  said = $state<string | null>(null);
  /** Takes it back, where it can be. */
  undo = $state.raw<(() => Promise<unknown>) | null>(null);
  refused = $state.raw<Refused | null>(null);
  /** What went wrong that belongs to no field. */
  failure = $state<string | null>(null);

  /** Does it, and says so; `fields` are those beside which a refusal is shown. True if it was done. */
  async run(work: () => Promise<unknown>, said: string | null = null, undo: (() => Promise<unknown>) | null = null, fields: string[] = []): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.said = this.failure = this.undo = this.refused = null;
    try {
      await work();
      this.said = said;
      this.undo = undo;
      return true;
    } catch (cause) {
      this.refused = cause instanceof Refused ? cause : null;
      const shown = this.refused?.errors.length && this.refused.errors.every(({ path }) => fields.some((field) => path.startsWith(field)));
      this.failure = shown ? null : sentenceOf(cause);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** What is wrong with one field. */
  at(field: string): string | undefined {
    return this.refused?.at(field);
  }
}
