// Notices that the npm above this process is gone.
//
// npm passes a signal on before it ends, except SIGKILL, which it never sees. It also puts a
// shell between itself and the script, so the script's own parent does not change then.
import { readFileSync } from "node:fs";

const DEEPEST_ANCESTOR = 4;
const EVERY_MS = 250;

export function whenLauncherEnds(stop) {
  const npm = npmAbove(process.ppid);
  if (!npm) return;
  const watch = setInterval(() => {
    if (describe(npm)?.name.startsWith("npm")) return;
    clearInterval(watch);
    stop();
  }, EVERY_MS);
  watch.unref();
}

function npmAbove(pid) {
  for (let step = 0; step < DEEPEST_ANCESTOR; step += 1) {
    const process = describe(pid);
    if (!process) return undefined;
    if (process.name.startsWith("npm")) return pid;
    pid = process.parent;
  }
  return undefined;
}

/** Linux alone says this in a file; elsewhere nothing is watched. */
function describe(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, name, parent] = stat.match(/^\d+ \((.*)\) \S+ (\d+)/s);
    return { name, parent };
  } catch {
    return undefined;
  }
}
