/**
 * Which hours are open, and what closes the others, as the engine says it. The policies only
 * tell where to ask: every edge that could matter is a question, and between two edges the
 * answer stands, so the picture and the rule cannot differ.
 */

import { type Blocked, decide, type Instant, type Layer, type Policy, type Reason, type Window } from "../engine";
import { dayStart, addDays, wallClock, type WallClock } from "../zone";

export type Shade = "open" | "window" | "blocked" | "span";

export interface Stretch {
  from: Instant;
  to: Instant;
  shade: Shade;
  /** What holds it closed the longest. */
  reason: Reason | null;
  /** What to write on it, such as the blocked time's name. */
  name: string;
}

/** Far more than a week of sensible rules asks; keeps one frame short whatever is typed. */
const MAX_QUESTIONS = 3_000;

const SHADES: Record<string, Shade> = { outside_window: "window", blocked_time: "blocked" };

/** The stretches of `[from, to)`, in order, without gaps, under layers that are `hoursOnly`. */
export function openHours(layers: Layer[], from: Instant, to: Instant): Stretch[] {
  const stretches: Stretch[] = [];
  for (const [at, next] of pairs(edges(layers, from, to), to)) {
    const stretch = { from: at, to: next, ...shadeAt(layers, at) };
    const before = stretches.at(-1);
    if (before && before.shade === stretch.shade && before.name === stretch.name) before.to = next;
    else stretches.push(stretch);
  }
  return stretches;
}

/** Only what depends on the hour; limits and paces are drawn as waits, not as hours. */
export function hoursOnly(layer: Layer): Layer {
  const { time_zone, windows, blocked, starts_at, ends_at } = layer.policy;
  const policy: Policy = {
    ...(time_zone && { time_zone }),
    ...(windows && { windows }),
    ...(blocked && { blocked }),
    ...(starts_at && { starts_at }),
    ...(ends_at && { ends_at }),
  };
  return { name: layer.name, policy, history: [] };
}

/** The first open instant from `now` on; `now` where there is none. */
export function firstOpen(layers: Layer[], now: Instant): Instant {
  const decision = decide(layers, now);
  return decision.verdict === "wait" ? decision.until : now;
}

function shadeAt(layers: Layer[], at: Instant): Pick<Stretch, "shade" | "reason" | "name"> {
  const decision = decide(layers, at);
  if (decision.verdict === "send") return { shade: "open", reason: null, name: "" };
  const reason = decision.because.reduce((a, b) => ((b.until ?? Infinity) > (a.until ?? Infinity) ? b : a));
  const shade = SHADES[reason.code] ?? "span";
  return { shade, reason, name: shade === "blocked" ? blockedName(layers, reason) : "" };
}

/** The name behind a path such as `blocked[3]`. */
export function blockedName(layers: Layer[], reason: Pick<Reason, "layer" | "gate">): string {
  const index = Number(/^blocked\[(\d+)\]$/.exec(reason.gate)?.[1] ?? NaN);
  return layers.find((layer) => layer.name === reason.layer)?.policy.blocked?.[index]?.name || "Blocked";
}

function edges(layers: Layer[], from: Instant, to: Instant): Instant[] {
  const found = new Set<Instant>([from]);
  const add = (at: Instant) => {
    if (at > from && at < to) found.add(at);
  };
  for (const { policy } of layers) {
    const clock = wallClock(policy.time_zone, from);
    const times = timesOfDay(policy);
    for (let day = addDays(clock, from, -1); day < to; day = addDays(clock, day, 1)) {
      const midnight = day + clock.offset(day);
      for (const time of times) clock.instants(midnight + time).forEach(add);
    }
    for (const wall of singleTimes(policy)) add(toInstant(clock, wall));
    for (const change of clock.changes(from, to)) add(change);
    add(dayStart(clock, to - 1));
  }
  return [...found].sort((a, b) => a - b).slice(0, MAX_QUESTIONS);
}

function timesOfDay(policy: Policy): number[] {
  const texts = ends([...(policy.windows ?? []), ...(policy.blocked ?? [])]);
  return [...new Set([0, ...texts.flatMap(timeOfDay)])];
}

const ends = (ranges: (Window | Blocked)[]) =>
  ranges.flatMap((range) => ("from" in range ? [range.from, range.to] : []));

function timeOfDay(text: string): number[] {
  const [, h, m, s] = /^(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(text) ?? [];
  return h === undefined ? [] : [((Number(h) * 60 + Number(m)) * 60 + Number(s ?? 0)) * 1_000];
}

function singleTimes(policy: Policy): string[] {
  return [...ends(policy.blocked ?? []), policy.starts_at ?? "", policy.ends_at ?? ""].filter((text) =>
    text.includes("T"),
  );
}

/** Whether a single time is written with an offset of its own. */
export const hasOffset = (text: string): boolean => /(?:Z|[+-]\d{2}:\d{2})$/i.test(text);

/** The instant of a single time as a policy writes it. */
export function toInstant(clock: WallClock, text: string): Instant {
  return hasOffset(text) ? Date.parse(text) : clock.instant(Date.parse(`${text}Z`));
}

function* pairs(starts: Instant[], end: Instant): Generator<[Instant, Instant]> {
  for (const [i, start] of starts.entries()) yield [start, starts[i + 1] ?? end];
}
