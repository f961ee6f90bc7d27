/** What will come of a draft: planned in the page, behind all that its sender has to send. */

import { api } from "../api/api";
import type { Outlook } from "../api/types";
import type { Layer, PlanRequest } from "../engine";
import { beside } from "../plan/beside";
import { draftLayers, draftRequest, type Draft as PlannedDraft } from "../plan/draft-request";
import { type DayCount, drawPlan, type Picture, START_LAYER } from "../plan/picture";
import { finishSentence, type Sentence } from "../plan/sentence";
import type { View } from "../plan/sight";
import { Eye } from "../plan/view.svelte";
import { Poll } from "../poll.svelte";
import { wallClock, type WallClock } from "../zone";
import type { Draft } from "./draft.svelte";

/** A plan that took longer than a frame leaves no time to draw it in: it is made beside the page. */
const FRAME_MS = 16;
/** How many in a row have to be slow: the first are, while the engine is still being compiled. */
const LOOKED_BACK = 3;
/** How often one is tried in the page again, in plans. */
const TRY_AGAIN = 20;

const NOBODY: Sentence = {
  done: "Nobody to plan for yet.",
  how: "The calendar shows when messages may go.",
  alarms: [],
};

interface Shown {
  /** Null while there is nobody to plan for. */
  picture: Picture | null;
  layers: Layer[];
  /** What was planned, and which of its lanes is the draft's. */
  request: PlanRequest | null;
  index: number;
}

interface Asked {
  request: PlanRequest;
  index: number;
  zone: string;
  view: View;
}

/** Made while a component starts, because it asks and plans as long as that component lives. */
export class Preview {
  readonly eye = new Eye();
  readonly #draft: Draft;
  readonly #poll: Poll<Outlook> | null = $derived.by(() => {
    const id = this.#draft.senderId;
    return id === "" ? null : new Poll(() => api.outlook(id), { fastest_ms: 15_000, slowest_ms: 60_000 });
  });
  /** What was drawn beside the page, and the days that were counted there. */
  #late = $state.raw<Picture | null>(null);
  #days = $state.raw<DayCount[] | null>(null);
  /** How long the last plans took; one alone may have waited for something else. */
  #took_ms: number[] = [];
  #plans = 0;
  // While a rule has a problem the last good picture stands, so that nothing jumps.
  #good: Shown = { picture: null, layers: [], request: null, index: 0 };

  readonly outlook: Outlook | null = $derived.by(() => this.#poll?.value ?? null);
  readonly failure: string | null = $derived.by(() => this.#poll?.failure ?? null);
  readonly clock: WallClock = $derived.by(() => wallClock(this.#draft.zone));
  /** Whether the rules and the start can be planned with. */
  readonly sound: boolean = $derived.by(
    () => this.#draft.problems.length === 0 && (this.#draft.at === null || this.#draft.startsAt !== null),
  );
  readonly #drawn: { shown: Shown; asked: Asked | null } = $derived.by(() => this.#draw());
  readonly shown: Shown = $derived.by(() => {
    const { shown, asked } = this.#drawn;
    const picture = asked ? (this.#late ?? shown.picture) : shown.picture;
    return { ...shown, picture: picture && { ...picture, days: picture.days ?? this.#days } };
  });
  readonly sentence: Sentence = $derived.by(() =>
    this.shown.picture ? finishSentence(this.shown.picture, this.clock) : NOBODY,
  );
  /** The layers whose hours are drawn: a start of now closes nothing that matters. */
  readonly hoursOf: Layer[] = $derived.by(() =>
    this.#draft.at === null && this.#draft.scheduledFor === null ? this.shown.layers.filter(({ name }) => name !== START_LAYER) : this.shown.layers,
  );

  constructor(draft: Draft) {
    this.#draft = draft;
    $effect(() => this.#poll?.start());
    $effect(() => this.#follow());
  }

  /** Asks the sender's state anew, as after a change of its rules. */
  renew(): void {
    this.#poll?.now();
  }

  /** What is not in the picture yet is made beside the page. */
  #follow(): (() => void) | undefined {
    const { shown, asked } = this.#drawn;
    let current = true;
    if (asked) {
      const { request, index, zone, view } = asked;
      void beside({ ask: "draw", request, own: [index], zone, view }).then(
        (picture) => current && picture && (this.#late = picture),
        () => {},
      );
    } else {
      this.#late = null;
    }
    if (!asked && shown.picture?.days === null) {
      const { request, index } = shown;
      if (request)
        void beside({ ask: "days", request, own: [index], zone: this.clock.zone }).then(
          (days) => current && days && (this.#days = days),
          () => {},
        );
    } else {
      this.#days = null;
    }
    return () => {
      current = false;
    };
  }

  get #slow(): boolean {
    return this.#took_ms.length === LOOKED_BACK && Math.min(...this.#took_ms) > FRAME_MS;
  }

  /** In the frame of the keystroke as long as plans are quick, as most are. */
  #draw(): { shown: Shown; asked: Asked | null } {
    const { id, document: policy, total: count, at, zone, scheduledFor: starts_at } = this.#draft;
    const outlook = this.outlook;
    if (!outlook || !this.sound) return { shown: this.#good, asked: null };
    const draft: PlannedDraft = { id, policy, count, at: at || null, zone, starts_at };
    const began = performance.now();
    const { request, index } = draftRequest(outlook, draft);
    const layers = [...outlook.shared, ...draftLayers(outlook, draft)];
    const asked = { request, index, zone, view: this.eye.view };
    this.#plans += 1;
    if (count === 0) {
      this.#good = { picture: null, layers, request: null, index };
    } else if (this.#slow && this.#plans % TRY_AGAIN !== 0) {
      this.#good = { ...this.#good, layers, request, index };
      return { shown: this.#good, asked };
    } else {
      const picture = drawPlan(request, [index], zone, asked.view);
      this.#took_ms = [...this.#took_ms.slice(1 - LOOKED_BACK), performance.now() - began];
      this.#good = { picture, layers, request, index };
    }
    return { shown: this.#good, asked: null };
  }
}
