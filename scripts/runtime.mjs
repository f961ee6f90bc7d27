// The Worker on workerd, as `npm start` serves it and as the tests drive it.
//
// wrangler.toml is the one place that names bindings, queues and crons: what is deployed and
// what runs here are read from the same lines.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_splitSqlQuery } from "wrangler";
import { TABLE, pending } from "./migrations.mjs";
import { inRoot } from "./root.mjs";

// Miniflare starts what this variable names; scripts/workerd.sh starts the workerd that came
// with Miniflare.
if (process.platform !== "win32") {
  const miniflare = createRequire(createRequire(import.meta.url).resolve("miniflare"));
  process.env.TIDEGATE_WORKERD = miniflare("workerd").default;
  process.env.MINIFLARE_WORKERD_PATH = inRoot("scripts", "workerd.sh");
}

/**
 * The local queue hands out its next batch when the last one is answered for. Without this workerd
 * answers when everything has ended that the consumer left behind: then as many slices are under way
 * as are in one batch, and all others come late.
 */
const SIDE_BY_SIDE = "queue_consumer_no_wait_for_wait_until";

/** What wrangler.toml says, in the shape Miniflare's options have. */
export function deployment() {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(inRoot("wrangler.toml"));
  const { assets, cronTriggers, ...options } = workerOptions;
  return { options, assets, crons: cronTriggers ?? [] };
}

/**
 * Starts the Worker in `build/<built>`. `vars` are added to those of wrangler.toml, `shared` are
 * options of the whole instance (port, folder for state), `worker` those of the Worker alone.
 */
export function startWorker({ built = "worker", vars = {}, shared = {}, worker = {}, withConsole = false }) {
  const { options, assets } = deployment();
  const folder = inRoot("build", built);
  return start(shared, {
    ...options,
    compatibilityFlags: [...(options.compatibilityFlags ?? []), SIDE_BY_SIDE],
    bindings: { ...options.bindings, TIDEGATE_LOCAL: "1", ...vars },
    modulesRoot: folder,
    modules: [
      { type: "ESModule", path: join(folder, "index.js") },
      { type: "CompiledWasm", path: join(folder, "worker_bg.wasm") },
    ],
    ...(withConsole && existsSync(assets.directory) ? { assets } : {}),
    ...worker,
  });
}

/** Opens the database alone, so that the Worker never meets a schema older than itself. */
export async function withDatabase(shared, use) {
  const { d1Databases, compatibilityDate } = deployment().options;
  const instance = start(shared, {
    compatibilityDate,
    d1Databases,
    modules: [{ type: "ESModule", path: "none.mjs", contents: "export default {}" }],
  });
  try {
    return await use(await instance.getD1Database("DB"));
  } finally {
    await instance.dispose();
  }
}

function start(shared, worker) {
  const quiet = { host: "127.0.0.1", cf: false, telemetry: { enabled: false }, log: new Log(LogLevel.WARN) };
  return new Miniflare(convertV4MiniflareOptions({ ...quiet, ...shared, name: "tidegate", ...worker }));
}

/**
 * Applies the migrations that the database has not seen, each in one transaction, and records
 * them in the table that wrangler uses too. Answers their names.
 */
export async function migrate(db, folder = inRoot("migrations")) {
  await db.prepare(TABLE).run();
  const { results } = await db.prepare("SELECT name FROM d1_migrations ORDER BY id").all();
  const names = pending(results.map(({ name }) => name), folder);
  for (const name of names) {
    const sql = readFileSync(join(folder, name), "utf8");
    await db.batch([
      ...unstable_splitSqlQuery(sql).map((statement) => db.prepare(statement)),
      db.prepare("INSERT INTO d1_migrations (name) VALUES (?1)").bind(name),
    ]);
  }
  return names;
}

/**
 * Lets `key` in as that of the deployment's owner, who is made with it. A key that is known already,
 * revoked or not, stays as it is.
 */
export async function admit(db, key, nowMs) {
  const hash = createHash("sha256").update(key).digest("hex");
  const [name, short] = ["first admin", hash.slice(0, 16)];
  const known = "WHERE NOT EXISTS (SELECT 1 FROM keys WHERE hash = ?1)";
  const run = (sql, ...values) => db.prepare(sql).bind(hash, ...values);
  await db.batch([
    run(
      `INSERT INTO users (id, name, is_owner, created_ms) SELECT ?2, ?3, 1, ?4 ${known} ON CONFLICT (id) DO NOTHING`,
      `usr_${short}`, name, nowMs,
    ),
    run(
      "INSERT INTO memberships (user_id, team_id, role, created_ms) " +
        `SELECT ?2, 'team_main', 'administrator', ?3 ${known} ON CONFLICT (user_id, team_id) DO NOTHING`,
      `usr_${short}`, nowMs,
    ),
    run(
      "INSERT INTO keys (id, user_id, name, hash, created_ms) VALUES (?2, ?3, ?4, ?1, ?5) ON CONFLICT (hash) DO NOTHING",
      `key_${short}`, `usr_${short}`, name, nowMs,
    ),
  ]);
}
