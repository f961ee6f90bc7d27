// The real Worker on workerd with a database, a KV and a queue in memory, and a provider that
// records. One for a test file; `reset` between its tests.
//
//     const tidegate = await startTidegate();
//     after(() => tidegate.stop());
//     beforeEach(() => tidegate.reset());
import { readFileSync } from "node:fs";
import { newKey } from "../../scripts/admin-key.mjs";
import { inRoot } from "../../scripts/root.mjs";
import { admit, deployment, migrate, startWorker } from "../../scripts/runtime.mjs";
import { check } from "./contract.mjs";
import { startProvider } from "./provider.mjs";

const CRON = "* * * * *";
const BOOKKEEPING = /^(d1_migrations|sqlite_.*|_cf_.*)$/;

/**
 * `vars` are added to the Worker's; `shared` are options of the whole instance. With `counts`, what
 * the Worker asks of the database is counted. See each function for what it does.
 */
export async function startTidegate({ vars = {}, shared = {}, counts = false } = {}) {
  const logs = [];
  const provider = await startProvider();
  const instance = startWorker({
    vars,
    shared: { handleStructuredLogs: (log) => logs.push(log), ...shared },
    worker: {
      queueConsumers: withoutWaiting(deployment().options.queueConsumers),
      ...(counts && { modules: countedModules() }),
    },
  });
  const db = await instance.getD1Database("DB");
  const kv = await instance.getKVNamespace("KV");
  const worker = await instance.getWorker();
  const url = await instance.ready;
  const key = newKey();
  await migrate(db);
  await admit(db, key, Date.now());
  const blank = await contentsOf(db);

  return {
    db,
    kv,
    key,
    logs,
    provider,

    /** Where it listens, for requests that no well-behaved client makes. */
    url,

    /** Calls the API as the administrator, or with `options.key` (`null`: with none). */
    async api(method, path, body, options = {}) {
      const headers = { ...options.headers };
      const sent = options.key === undefined ? key : options.key;
      if (sent !== null) headers.authorization ??= `Bearer ${sent}`;
      const raw = typeof body === "string" || body instanceof Uint8Array;
      if (body !== undefined && !raw) headers["content-type"] ??= "application/json";
      const response = await instance.dispatchFetch(new URL(path, "http://tidegate.test"), {
        method,
        headers,
        body: body === undefined || raw ? body : JSON.stringify(body),
        redirect: "manual",
      });
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json");
      const answer = { status: response.status, headers: response.headers, text, body: isJson && text ? JSON.parse(text) : text };
      check(method, path, answer);
      return answer;
    },

    /** Fires the minute cron as if it were `ms`, and answers when the Worker is done with it. */
    tick(ms, cron = CRON) {
      return worker.scheduled({ cron, scheduledTime: new Date(ms) });
    },

    /** What each invocation since the last call asked of the database (with `counts`); see counted.mjs. */
    async tallies() {
      return (await instance.dispatchFetch("http://tidegate.test/tallies")).json();
    },

    /** Delivers one batch to the consumer, and answers which messages it acked or wants again. */
    deliver(bodies, { queue = "tidegate-handover", attempts = 1, atMs = Date.now() } = {}) {
      const messages = bodies.map((body, index) => ({ id: `message-${index}`, timestamp: new Date(atMs), attempts, body }));
      return worker.queue(queue, messages);
    },

    /** Hands a slice to the consumer and waits until it is done: the consumer answers before. */
    async handOver(slice) {
      await this.deliver([slice]);
      const open = db.prepare("SELECT done FROM handovers WHERE sender_seq = ?1 AND tick_no = ?2 AND slice = ?3");
      const isDone = async () => (await open.bind(slice.sender_seq, slice.tick_no, slice.slice).first()).done === 1;
      await this.until(isDone, { timeoutMs: 60_000, everyMs: 50 });
    },

    /** Waits until `check` answers something true, and answers that. */
    async until(check, { timeoutMs = 5000, everyMs = 10 } = {}) {
      const end = Date.now() + timeoutMs;
      for (;;) {
        const answer = await check();
        if (answer) return answer;
        if (Date.now() > end) throw new Error(`still false after ${timeoutMs} ms: ${check}`);
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
    },

    /** Puts the database and KV back to what they were at the start, and forgets the rest. */
    async reset() {
      await db.batch([
        db.prepare("PRAGMA defer_foreign_keys = on"),
        ...blank.map(({ table }) => db.prepare(`DELETE FROM "${table}"`)),
        ...blank.flatMap(({ table, rows }) => rows.map((row) => insertion(db, table, row))),
      ]);
      const { keys } = await kv.list();
      await Promise.all(keys.map(({ name }) => kv.delete(name)));
      provider.reset();
      logs.length = 0;
    },

    async stop() {
      await instance.dispose();
      await provider.close();
    },
  };
}

/** The Worker's modules behind an entry module that counts. */
export function countedModules() {
  const built = (name) => inRoot("build", "worker", name);
  return [
    { type: "ESModule", path: built("counted.mjs"), contents: readFileSync(inRoot("tests", "worker", "counted.mjs"), "utf8") },
    { type: "ESModule", path: built("index.js") },
    { type: "CompiledWasm", path: built("worker_bg.wasm") },
  ];
}

/** A deployed queue gathers a batch for a moment; a test has nothing to wait for. */
function withoutWaiting(consumers) {
  return Object.fromEntries(
    Object.entries(consumers).map(([queue, consumer]) => [queue, { ...consumer, maxBatchTimeout: 0 }]),
  );
}

/** Every table of the schema, with the rows that the migrations and the key put there. */
async function contentsOf(db) {
  const { results } = await db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  const tables = results.map((row) => row.name).filter((name) => !BOOKKEEPING.test(name));
  const contents = [];
  for (const table of tables) {
    const { results: rows } = await db.prepare(`SELECT * FROM "${table}"`).all();
    contents.push({ table, rows });
  }
  return contents;
}

function insertion(db, table, row) {
  const columns = Object.keys(row);
  const places = columns.map((_, index) => `?${index + 1}`);
  return db
    .prepare(`INSERT INTO "${table}" (${columns.map((name) => `"${name}"`)}) VALUES (${places})`)
    .bind(...Object.values(row));
}
