/** The finish sentence: when it is done, for how many, and what the reader should not miss. */

import type { Instant, Warning } from "../engine";
import { people, plural, stamp, stampBeside } from "../format";
import type { WallClock } from "../zone";
import type { Picture } from "./picture";

export interface Sentence {
  done: string;
  how: string;
  alarms: string[];
  /** What the reader has to know of it. */
  note?: string;
  /** When it is done, where that is not by the picture. */
  last?: Instant | null;
}

/** `from` speaks of all that is to come; `left`, of what remains of a campaign under way. */
export function finishSentence(picture: Picture, clock: WallClock, of: "from" | "left" = "from"): Sentence {
  const { planned, first, last } = picture.lane;
  const alarms = [...new Set(summed(picture.warnings).map(alarm))];
  if (last === null || first === null) return { done: "Nothing can go.", how: "", alarms };
  const pauses =
    picture.pauses === null
      ? `beside ${plural(picture.others.length, "other campaign")}`
      : picture.pauses === 0
        ? "without a pause"
        : `then ${plural(picture.pauses, "pause")}`;
  return {
    done: `Done ${stamp(clock, last)}.`,
    how: `${people(planned)}${of === "left" ? " to go" : ""} from ${stampBeside(clock, first, last)}, ${pauses}.`,
    alarms,
  };
}

/** One of each kind that counts people: a campaign with people in several zones has one a zone. */
function summed(warnings: Warning[]): Warning[] {
  const sums = new Map<string, Warning>();
  for (const [i, warning] of warnings.entries()) {
    const known = sums.get(warning.code);
    if (!("left_out" in warning)) sums.set(`${warning.code} ${i}`, warning);
    else sums.set(warning.code, { ...warning, left_out: warning.left_out + (known && "left_out" in known ? known.left_out : 0) });
  }
  return [...sums.values()];
}

function alarm(warning: Warning): string {
  switch (warning.code) {
    case "ends_before_finish":
      return `${people(warning.left_out)} ${warning.left_out === 1 ? "misses" : "miss"} the end date.`;
    case "never_opens":
      return `${people(warning.left_out)} never ${warning.left_out === 1 ? "gets" : "get"} a turn: no time satisfies every rule.`;
    case "too_long":
      return `${people(warning.left_out)} more come later than can be planned here.`;
    case "over_goal":
      return `${warning.message}.`;
  }
}
