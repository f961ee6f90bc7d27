// What processes use, from Linux's /proc: CPU time of a process and all that it started, and the most
// memory that one of them held.
import { readFileSync, readdirSync } from "node:fs";

/**
 * User and system time in seconds, at the 100 ticks a second that Linux reports, with those of
 * children that have ended.
 */
export function cpuSeconds(pids) {
  const ticks = trees(pids).flatMap(({ fields }) => fields.slice(11, 15));
  return ticks.map(Number).reduce((sum, some) => sum + some, 0) / 100;
}

/** The most memory in MB that one process of these has held at a time. */
export function peakMegabytes(pids) {
  const peaks = trees(pids).map(({ pid }) => Number(read(pid, "status").match(/VmHWM:\s+(\d+)/)?.[1] ?? 0));
  return Math.round(Math.max(0, ...peaks) / 1024);
}

/** The processes of this name below this process. */
export function startedHere(name) {
  const own = trees([process.pid]).filter((one) => one.name === name);
  return own.map(({ pid }) => pid);
}

/** These processes and everything below them. */
function trees(pids) {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(stat).filter(Boolean);
  const found = all.filter(({ pid }) => pids.includes(pid));
  for (const one of found) found.push(...all.filter(({ parent }) => parent === one.pid));
  return [...new Map(found.map((one) => [one.pid, one])).values()];
}

function stat(pid) {
  const text = read(pid, "stat");
  const end = text.lastIndexOf(")");
  if (end < 0) return undefined;
  const fields = text.slice(end + 2).split(" ");
  return { pid: Number(pid), name: text.slice(text.indexOf("(") + 1, end), parent: Number(fields[1]), fields };
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
