// The real thing on a free port, with a folder of its own that is gone afterwards.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inRoot } from "../../scripts/root.mjs";

const START_MS = 30_000;

export async function startServer() {
  const state = mkdtempSync(join(tmpdir(), "tidegate-console-"));
  const child = spawn(process.execPath, [inRoot("scripts", "serve.mjs")], {
    env: { ...process.env, PORT: "0", TIDEGATE_STATE: state, TIDEGATE_BEGAN_MS: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(state, { recursive: true, force: true });
  };
  try {
    const url = await address(child);
    return { url, stop, key: readFileSync(join(state, "admin.key"), "utf8").trim() };
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
