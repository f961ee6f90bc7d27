// The engine's package in a Worker of somebody's own, bundled by Wrangler: the example, and the
// same answers as in Node.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { inRoot } from "../../scripts/root.mjs";
// Has Miniflare start a workerd that ends with this process.
import "../../scripts/runtime.mjs";
import { ask } from "../node/ask.mjs";
import { installed } from "../node/installed.mjs";
import { questions } from "../node/scenarios.mjs";

const engine = await import("../../pkg/tidegate.js");
engine.initSync({ module: readFileSync(inRoot("pkg", "tidegate_bg.wasm")) });

const ANSWERING = `
  import * as engine from "tidegate";
  import wasm from "tidegate/tidegate_bg.wasm";
  import { ask } from "./ask.mjs";

  engine.initSync({ module: wasm });
  export default { fetch: async (request) => Response.json(ask(engine, await request.json())) };
`;

/** Bundles the example, or what `change` makes of it, and lets `use` send requests to it. */
async function running(change, use) {
  const { folder, remove } = installed("worker");
  let instance;
  try {
    change(folder);
    bundle(folder);
    const dist = join(folder, "dist");
    const modules = readdirSync(dist).filter((name) => /\.(js|wasm)$/.test(name));
    const { workerOptions } = unstable_getMiniflareWorkerOptions(join(folder, "wrangler.toml"));
    instance = new Miniflare(
      convertV4MiniflareOptions({
        host: "127.0.0.1",
        cf: false,
        telemetry: { enabled: false },
        log: new Log(LogLevel.WARN),
        name: workerOptions.name,
        compatibilityDate: workerOptions.compatibilityDate,
        modulesRoot: dist,
        modules: modules
          .sort((name) => (name === "worker.js" ? -1 : 1))
          .map((name) => ({ type: name.endsWith(".wasm") ? "CompiledWasm" : "ESModule", path: join(dist, name) })),
      }),
    );
    await use((body, method = "POST") => instance.dispatchFetch("http://plans.test/", { method, body }));
  } finally {
    await instance?.dispose();
    remove();
  }
}

/** What `wrangler deploy` would upload. */
function bundle(folder) {
  const wrangler = inRoot("node_modules", "wrangler", "bin", "wrangler.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", "dist"], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
  });
  assert.equal(status, 0, stdout + stderr);
}

test("the example for a Worker answers a request with its plan, or with its problems", () =>
  running(
    () => {},
    async (send) => {
      const request = { layers: [{ policy: { gap: "30s" } }], now: "2026-11-23T09:00:00Z", count: 3 };
      const planned = await send(JSON.stringify(request));
      assert.equal(planned.status, 200);
      assert.deepEqual(await planned.json(), engine.plan(request));

      const refused = await send(JSON.stringify({ ...request, count: -1 }));
      assert.equal(refused.status, 422);
      assert.deepEqual((await refused.json()).problems.map(({ path }) => path), ["count"]);

      assert.equal((await send("no JSON")).status, 400);
      assert.equal((await send(undefined, "GET")).status, 405);
    },
  ));

test("[B2] workerd gives the same answers as Node, byte for byte", () =>
  running(
    (folder) => {
      cpSync(inRoot("tests", "node", "ask.mjs"), join(folder, "src", "ask.mjs"));
      writeFileSync(join(folder, "src", "worker.js"), ANSWERING);
    },
    async (send) => {
      const asked = questions();
      const answers = await (await send(JSON.stringify(asked))).json();
      const expected = ask(engine, asked);
      assert.ok(expected.length > 500, `${expected.length} questions`);
      for (const [index, answer] of expected.entries()) assert.equal(answers[index], answer, JSON.stringify(asked[index]));
      assert.equal(answers.length, expected.length);
    },
  ));
