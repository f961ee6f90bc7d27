/** The finish sentence: when it is done, for how many, and who is left out. */

import { people, plural, stamp, stampBeside } from "../format";
import type { WallClock } from "../zone";
import type { Picture } from "./picture";

export interface Sentence {
  done: string;
  how: string;
  /** What the reader should not miss. */
  alarm: string | null;
}

/** `from` speaks of all that is to come; `left`, of what remains of a campaign under way. */
export function finishSentence(picture: Picture, clock: WallClock, of: "from" | "left" = "from"): Sentence {
  const { planned, unplanned, first, last } = picture.lane;
  const never = picture.warnings.find((warning) => warning.code === "never_opens");
  if (last === null || first === null) {
    return { done: "Nothing can go.", how: "", alarm: never?.message ?? "No time satisfies every rule." };
  }
  const n = picture.waits.filter((wait) => wait.from >= first).length;
  const pauses = n === 0 ? "without a pause" : plural(n, "pause");
  return {
    done: `Done ${stamp(clock, last)}.`,
    how: `${people(planned)}${of === "left" ? " to go" : ""} from ${stampBeside(clock, first, last)}, ${pauses}.`,
    alarm: unplanned > 0 ? leftOut(unplanned, never !== undefined) : null,
  };
}

function leftOut(n: number, never: boolean): string {
  const misses = n === 1 ? "misses" : "miss";
  return never ? `${people(n)} never ${n === 1 ? "gets" : "get"} a turn.` : `${people(n)} ${misses} the end date.`;
}
