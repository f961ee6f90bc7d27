/** A policy in words, one line a rule, each with the path of its gate. */

import type { Policy, Weekday, Window } from "../engine";
import { count } from "../format";
import { type Blocked, edited, periodOf, periodWords, WEEKDAYS } from "./document";

export interface RuleLine {
  gate: string;
  label: string;
  text: string;
}

export function ruleLines(written: Policy): RuleLine[] {
  const policy = edited(written);
  return [
    ...policy.limits.map((limit, i) => ({
      gate: `limits[${i}]`,
      label: limit.enforce === "goal" ? "Goal" : "Limit",
      text: `${limit.enforce === "goal" ? "about" : "at most"} ${count(limit.max ?? 0)} ${periodWords(periodOf(limit))}${limit.ramp ? ", warming up" : ""}`,
    })),
    ...(policy.windows.length
      ? [{ gate: "windows", label: "Hours", text: policy.windows.map(windowWords).join("; ") }]
      : []),
    ...policy.blocked.map((blocked, i) => ({
      gate: `blocked[${i}]`,
      label: "Blocked",
      text: `${blocked.name ? `${blocked.name}, ` : ""}${blockedWords(blocked)}`,
    })),
    ...(policy.gap
      ? [
          {
            gate: "gap",
            label: "Gap",
            text: `${spaced(policy.gap)} between messages${policy.jitter ? `, up to ${spaced(policy.jitter)} more` : ""}`,
          },
        ]
      : []),
    ...policy.breaks.map((rest, i) => ({
      gate: `breaks[${i}]`,
      label: "Break",
      text: `${spaced(rest.pause)} after every ${count(rest.after ?? 0)}`,
    })),
    ...(policy.starts_at
      ? [{ gate: "starts_at", label: "Start", text: `not before ${wallWords(policy.starts_at)}` }]
      : []),
    ...(policy.ends_at ? [{ gate: "ends_at", label: "End", text: `not after ${wallWords(policy.ends_at)}` }] : []),
  ];
}

function windowWords(window: Window): string {
  return `${dayWords(window.days)} ${window.from}–${window.to}`;
}

/** `Mo–Fr`, `Mo, We`, `every day`. */
export function dayWords(days: Weekday[] | undefined): string {
  if (!days || days.length === 7) return "every day";
  const held = WEEKDAYS.map(({ day }) => days.includes(day));
  const parts: string[] = [];
  for (let i = 0; i < 7; i++) {
    if (!held[i]) continue;
    const start = i;
    while (held[i + 1]) i++;
    const [first, last] = [WEEKDAYS[start]?.short, WEEKDAYS[i]?.short];
    if (i === start) parts.push(`${first}`);
    else parts.push(i === start + 1 ? `${first}, ${last}` : `${first}–${last}`);
  }
  return parts.join(", ");
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function blockedWords(blocked: Blocked): string {
  if (blocked.date !== undefined) return wallWords(blocked.date);
  if (blocked.annual !== undefined) {
    const [month, day] = blocked.annual.split("-").map(Number);
    return `every ${day} ${MONTHS[(month ?? 1) - 1]}`;
  }
  if (blocked.from?.includes("T")) return `${wallWords(blocked.from)} to ${wallWords(blocked.to ?? "")}`;
  return `${dayWords(blocked.days)} ${blocked.from}–${blocked.to}`;
}

/** `25 Dec 2026 15:00` for `2026-12-25T15:00`. */
function wallWords(wall: string): string {
  const [, year, month, day, time] = /^(\d{4})-(\d{2})-(\d{2})(?:T(.+))?$/.exec(wall) ?? [];
  if (year === undefined) return wall;
  return `${Number(day)} ${MONTHS[Number(month) - 1]} ${year}${time ? ` ${time}` : ""}`;
}

/** `30 s` for `30s`. */
/** `30 s`, `15 min`. */
export const spaced = (duration: string) => duration.replace(/^(\d+)/, "$1 ").replace(/m$/, "min");
