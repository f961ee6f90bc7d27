/** What will come of a draft: planned in the page, behind all that its sender has to send. */

import { api } from "../api/api";
import type { Outlook } from "../api/types";
import type { Layer } from "../engine";
import {
  draftLayers,
  draftRequest,
  drawPlan,
  type Draft as PlannedDraft,
  type Picture,
  START_LAYER,
} from "../plan/picture";
import { finishSentence, type Sentence } from "../plan/sentence";
import { Poll } from "../poll.svelte";
import { wallClock, type WallClock } from "../zone";
import type { Draft } from "./draft.svelte";

/** A plan that took longer than this is not made again with every keystroke. */
const SLOW_MS = 100;
/** How long the typing has to pause before such a plan is made. */
const SETTLED_MS = 250;

const NOBODY: Sentence = {
  done: "Nobody to plan for yet.",
  how: "The calendar shows when messages may go.",
  alarms: [],
};

interface Shown {
  /** Null while there is nobody to plan for. */
  picture: Picture | null;
  layers: Layer[];
}

/** Made while a component starts, because it asks and plans as long as that component lives. */
export class Preview {
  readonly #draft: Draft;
  readonly #poll: Poll<Outlook> | null = $derived.by(() => {
    const id = this.#draft.senderId;
    return id === "" ? null : new Poll(() => api.outlook(id), { fastest_ms: 15_000, slowest_ms: 60_000 });
  });
  #planned = $state.raw<PlannedDraft | null>(null);
  #took_ms = 0;
  // While a rule has a problem the last good picture stands, so that nothing jumps.
  #good: Shown = { picture: null, layers: [] };

  readonly outlook: Outlook | null = $derived.by(() => this.#poll?.value ?? null);
  readonly failure: string | null = $derived.by(() => this.#poll?.failure ?? null);
  readonly clock: WallClock = $derived.by(() => wallClock(this.#draft.zone));
  /** Whether the rules and the start can be planned with. */
  readonly sound: boolean = $derived.by(
    () => this.#draft.problems.length === 0 && (this.#draft.at === null || this.#draft.startsAt !== null),
  );
  readonly shown: Shown = $derived.by(() => this.#draw());
  readonly sentence: Sentence = $derived.by(() =>
    this.shown.picture ? finishSentence(this.shown.picture, this.clock) : NOBODY,
  );
  /** The layers whose hours are drawn: a start of now closes nothing that matters. */
  readonly hoursOf: Layer[] = $derived.by(() =>
    this.#draft.at === null ? this.shown.layers.filter(({ name }) => name !== START_LAYER) : this.shown.layers,
  );

  constructor(draft: Draft) {
    this.#draft = draft;
    $effect(() => this.#poll?.start());
    $effect.pre(() => this.#follow());
  }

  /** In the frame of the keystroke as long as plans are quick, as most are. */
  #follow(): (() => void) | undefined {
    const { id, document: policy, total: count, at, zone } = this.#draft;
    const next = { id, policy, count, at: at || null, zone };
    if (!this.sound) return undefined;
    if (this.#took_ms < SLOW_MS) {
      this.#planned = next;
      return undefined;
    }
    const timer = setTimeout(() => (this.#planned = next), SETTLED_MS);
    return () => clearTimeout(timer);
  }

  #draw(): Shown {
    const [outlook, draft] = [this.outlook, this.#planned];
    if (outlook && draft && this.sound) {
      const began = performance.now();
      const own = [outlook.lanes.length];
      const picture = draft.count > 0 ? drawPlan(draftRequest(outlook, draft), own, this.clock) : null;
      this.#took_ms = performance.now() - began;
      this.#good = { picture, layers: [...outlook.shared, ...draftLayers(outlook, draft)] };
    }
    return this.#good;
  }
}
