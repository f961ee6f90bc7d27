/** Windows as they are drawn: a block a day, and back. */

import type { Window } from "../engine";
import { WEEKDAYS } from "../policy/document";

/** Hours that begin on a weekday: minutes after its midnight, `to` past 1,440 where they go on the day after. */
export interface Block {
  /** 0 is Monday. */
  day: number;
  from: number;
  to: number;
}

export const DAY_MIN = 1_440;

/** The blocks, each once however many windows say it, and the windows that cannot be drawn because they are still being typed. */
export function blocksOf(windows: Window[]): { blocks: Block[]; untold: Window[] } {
  const blocks: Block[] = [];
  const untold: Window[] = [];
  for (const window of windows) {
    const [from, to] = [minutes(window.from), minutes(window.to)];
    if (from === null || to === null || from === to || from === DAY_MIN) {
      untold.push(window);
      continue;
    }
    for (const [day, { day: name }] of WEEKDAYS.entries()) {
      if (window.days && !window.days.includes(name)) continue;
      const block = { day, from, to: to > from ? to : to + DAY_MIN };
      if (!blocks.some((other) => order(other, block) === 0)) blocks.push(block);
    }
  }
  return { blocks: blocks.sort(order), untold };
}

/** As few windows as say the same: those of equal hours share one. */
export function windowsOf(blocks: Block[]): Window[] {
  const together = new Map<string, Block[]>();
  for (const block of blocks) {
    const key = `${block.from} ${block.to}`;
    together.set(key, [...(together.get(key) ?? []), block]);
  }
  return [...together.values()].map((same) => {
    const { from, to } = same[0] ?? { from: 0, to: DAY_MIN };
    const days = WEEKDAYS.map(({ day }) => day).filter((_, i) => same.some(({ day }) => day === i));
    const hours = { from: clock(from), to: clock(to > DAY_MIN ? to - DAY_MIN : to) };
    return days.length === 7 ? hours : { days, ...hours };
  });
}

/** What overlaps or touches on a day becomes one. */
export function merged(blocks: Block[]): Block[] {
  const found: Block[] = [];
  for (const block of [...blocks].sort(order)) {
    const before = found.at(-1);
    if (before && before.day === block.day && block.from <= before.to) {
      before.to = Math.min(Math.max(before.to, block.to), longest(before.from));
    } else {
      found.push({ ...block });
    }
  }
  return found;
}

/** A block elsewhere, as far as the week and the day allow. */
export function moved({ day, from, to }: Block, days: number, by: number): Block {
  const start = Math.min(Math.max(from + by, 0), DAY_MIN - 5);
  const end = start + (to - from);
  // What ends by midnight is not pushed over it.
  const shift = to <= DAY_MIN && end > DAY_MIN ? DAY_MIN - end : 0;
  return { day: Math.min(Math.max(day + days, 0), 6), from: start + shift, to: end + shift };
}

/** With another beginning or end, at least five minutes long. */
export function resized({ day, from, to }: Block, edge: "from" | "to", at: number): Block {
  if (edge === "from") return { day, from: Math.min(Math.max(at, 0, to - DAY_MIN + 5), to - 5, DAY_MIN - 5), to };
  return { day, from, to: Math.min(Math.max(at, from + 5), longest(from)) };
}

/** Whether two blocks of a day have a minute in common. */
export const overlap = (a: Block, b: Block): boolean => a.day === b.day && a.from < b.to && b.from < a.to;

/** `Monday 09:00 to 17:30`. */
export function words({ day, from, to }: Block): string {
  const next = to > DAY_MIN ? ` on ${WEEKDAYS[(day + 1) % 7]?.long}` : "";
  return `${WEEKDAYS[day]?.long} ${clock(from)} to ${clock(to > DAY_MIN ? to - DAY_MIN : to)}${next}`;
}

/** A whole day is 24 hours, any other stretch ends before its beginning comes again. */
const longest = (from: number) => (from === 0 ? DAY_MIN : from + DAY_MIN - 5);

const order = (a: Block, b: Block) => a.day - b.day || a.from - b.from || a.to - b.to;

/** `09:00`; seconds are kept as parts of a minute. */
export function clock(at: number): string {
  const s = Math.round(at * 60);
  const two = (n: number) => String(n).padStart(2, "0");
  const text = `${two(Math.floor(s / 3_600))}:${two(Math.floor(s / 60) % 60)}`;
  return s % 60 === 0 ? text : `${text}:${two(s % 60)}`;
}

function minutes(text: string): number | null {
  const [, h, m, s = "0"] = /^(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(text) ?? [];
  if (h === undefined) return null;
  const at = Number(h) * 60 + Number(m) + Number(s) / 60;
  return Number(m) < 60 && Number(s) < 60 && at <= DAY_MIN ? at : null;
}
