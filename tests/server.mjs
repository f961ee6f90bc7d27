// The real thing, as `npm start` serves it, in a process of its own.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inRoot } from "../scripts/root.mjs";

const START_MS = 30_000;

/**
 * Serves what is built on `port` (0: a free one), with its data in `state` (left out: a folder of
 * its own that is gone afterwards). `cron` is fired instead of the crons of the deployment.
 *
 * Answers `{ url, key, errors, stop, kill }`: `stop` ends it as Ctrl-C does, `kill` at once and for
 * good, as a power cut does, and answers when no process of it is left. `errors` is what it has
 * written to standard error.
 */
export async function startServer({ port = 0, state, cron } = {}) {
  const folder = state ?? mkdtempSync(join(tmpdir(), "tidegate-test-"));
  const child = spawn(process.execPath, [inRoot("scripts", "serve.mjs")], {
    env: {
      ...process.env,
      PORT: String(port),
      TIDEGATE_STATE: folder,
      TIDEGATE_BEGAN_MS: "",
      ...(cron ? { TIDEGATE_CRON: cron } : {}),
    },
    // The channel ends it when this process is gone, whichever way.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // A group of its own, so that one signal reaches all its processes at the same instant.
    detached: true,
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
  const ended = new Promise((resolve) => child.on("close", resolve));
  const cleanUp = () => state || rmSync(folder, { recursive: true, force: true });
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    cleanUp();
  };
  const kill = async () => {
    signalGroup(child, "SIGKILL");
    await ended;
    while (signalGroup(child, 0)) await sleep(5);
    cleanUp();
  };
  try {
    const url = await address(child);
    const key = readFileSync(join(folder, "admin.key"), "utf8").trim();
    return { url, key, stop, kill, errors: () => errors };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Sends a signal to every process of the child's group. False when there is none. */
function signalGroup(child, signal) {
  try {
    return process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code === "ESRCH") return false;
    throw error;
  }
}

function address(child) {
  return new Promise((resolve, reject) => {
    let said = "";
    const late = setTimeout(() => reject(new Error(`the server is not ready after ${START_MS} ms: ${said}`)), START_MS);
    const listen = (text) => {
      said += text;
      const url = said.match(/ready on (http:\/\/127\.0\.0\.1:\d+)\n/)?.[1];
      if (!url) return;
      clearTimeout(late);
      resolve(url);
    };
    child.stdout.setEncoding("utf8").on("data", listen);
    child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
    child.on("close", (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
  });
}
