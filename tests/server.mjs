// The real thing, as `npm start` serves it, in a process of its own.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inRoot } from "../scripts/root.mjs";

const START_MS = 30_000;

/**
 * Serves what is built on `port` (0: a free one), with its data in `state` (left out: a folder of
 * its own that is gone afterwards). Answers `{ url, key, stop, kill }`: `stop` ends it as Ctrl-C
 * does, `kill` at once and for good, as a power cut does.
 */
export async function startServer({ port = 0, state } = {}) {
  const folder = state ?? mkdtempSync(join(tmpdir(), "tidegate-test-"));
  const child = spawn(process.execPath, [inRoot("scripts", "serve.mjs")], {
    env: { ...process.env, PORT: String(port), TIDEGATE_STATE: folder, TIDEGATE_BEGAN_MS: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const end = async (signal) => {
    child.kill(signal);
    await ended;
    if (!state) rmSync(folder, { recursive: true, force: true });
  };
  const stop = () => end("SIGTERM");
  try {
    const url = await address(child);
    const key = readFileSync(join(folder, "admin.key"), "utf8").trim();
    return { url, key, stop, kill: () => end("SIGKILL") };
  } catch (error) {
    await stop();
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
