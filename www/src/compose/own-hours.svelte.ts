/**
 * The server's plan of a draft whose people have hours of their own. The page plans by the campaign's clock alone, and
 * cannot know where each person is; where the two differ, the server's is what stands.
 */

import { api } from "../api/api";
import type { Team } from "../api/team";
import type { CampaignPlan } from "../api/types";
import type { LanePlan } from "../engine";
import { people, stamp, stampBeside } from "../format";
import { together } from "../plan/picture";
import type { Sentence } from "../plan/sentence";
import { Poll } from "../poll.svelte";
import type { WallClock } from "../zone";
import type { Draft } from "./draft.svelte";

/** Asked so long after the last change was saved, not at each key. */
const SETTLED_MS = 1_000;
/** A plan from now on goes on with the clock. */
const ANEW_MS = 60_000;

/** Made while a component starts, because it asks as long as that component lives. */
export class OwnHours {
  readonly #draft: Draft;
  readonly #team: () => Team | null;
  /** Whether hours of each person may hold messages back. */
  readonly apply: boolean = $derived.by(() => {
    const { hours } = this.#team()?.person_policy ?? {};
    return this.#draft.total > 0 && (Boolean(hours?.windows?.length || hours?.blocked?.length) || this.#draft.hasOwnHours || this.#draft.inZones);
  });
  readonly #poll: Poll<CampaignPlan> | null = $derived.by(() => {
    const { id, at, startsAt, scheduledFor, saved, version, mayBeSaved } = this.#draft;
    if (!mayBeSaved || !this.apply || id === null || !saved || (at !== null && startsAt === null)) return null;
    // The version stands for all that the server knows.
    return version > 0 ? new Poll(() => api.planCampaign(id, startsAt ?? scheduledFor), { fastest_ms: ANEW_MS, slowest_ms: ANEW_MS }) : null;
  });
  /** Of the campaign in all; null until the server has told it of what is on the screen. */
  readonly plan: LanePlan | null = $derived.by(() => (this.#poll?.value ? ofCampaign(this.#poll.value) : null));
  readonly failure: string | null = $derived.by(() => this.#poll?.failure ?? null);
  readonly #missesEnd: boolean = $derived.by(() => (this.#poll?.value?.warnings ?? []).some(({ code }) => code === "ends_before_finish"));

  constructor(draft: Draft, team: () => Team | null) {
    this.#draft = draft;
    this.#team = team;
    $effect(() => {
      const poll = this.#poll;
      let stop: (() => void) | undefined;
      const timer = setTimeout(() => (stop = poll?.start()), SETTLED_MS);
      return () => {
        clearTimeout(timer);
        stop?.();
      };
    });
  }

  /** The finish sentence, which without the server's plan says what is not in it. */
  sentence(byTheClock: Sentence, clock: WallClock): Sentence {
    if (!this.apply) return byTheClock;
    if (this.plan === null) {
      const why = this.failure === null ? "" : ` The server could not plan it: ${this.failure}`;
      return { ...byTheClock, note: `By the campaign’s clock alone: the hours of each person are not in it.${why}` };
    }
    const { planned, unplanned, first, last } = this.plan;
    const note = "The hours of each person are in it, but not in the calendar and the advice.";
    const miss = this.#missesEnd ? `${unplanned === 1 ? "misses" : "miss"} the end date.` : `${unplanned === 1 ? "gets" : "get"} no turn.`;
    const alarms = unplanned > 0 ? [`${people(unplanned)} ${miss}`] : [];
    if (first === null || last === null) return { done: "Nothing can go.", how: "", alarms, note, last };
    return {
      done: `Done ${stamp(clock, last)}.`,
      how: `${people(planned)} from ${stampBeside(clock, first, last)}, each in hours of their own.`,
      alarms,
      note,
      last,
    };
  }
}

/** What the campaign gets of a plan of all that is on its sender; one in several zones has several lanes. */
export const ofCampaign = ({ lane, lanes }: CampaignPlan): LanePlan =>
  together(lanes.filter(({ name }) => name === lane) as LanePlan[]);
