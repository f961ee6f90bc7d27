// What workerd used, for benchmarks: it is one process for all Workers of a test, with the database in it.
import { readFileSync, readdirSync } from "node:fs";

/** The workerd that this process started, from Linux's /proc. */
function workerd() {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return { pid, stat: readFileSync(`/proc/${pid}/stat`, "utf8"), status: readFileSync(`/proc/${pid}/status`, "utf8") };
      } catch {
        return { stat: "", status: "" };
      }
    })
    .filter(({ stat }) => stat.includes("(workerd)") && descends(stat));
}

function descends(stat) {
  for (let parent = parentOf(stat); parent > 1; ) {
    if (parent === process.pid) return true;
    try {
      parent = parentOf(readFileSync(`/proc/${parent}/stat`, "utf8"));
    } catch {
      return false;
    }
  }
  return false;
}

function parentOf(stat) {
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

/** User and system time, at the 100 ticks a second that Linux reports. */
export function cpuSeconds() {
  const ticks = workerd().flatMap(({ stat }) => stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13));
  return ticks.map(Number).reduce((sum, some) => sum + some, 0) / 100;
}

/** The most memory that it had so far. */
export function peakMegabytes() {
  const peaks = workerd().map(({ status }) => Number(status.match(/VmHWM:\s+(\d+)/)?.[1] ?? 0));
  return Math.round(Math.max(0, ...peaks) / 1024);
}
