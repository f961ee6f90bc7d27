// Serves what has been built, on 127.0.0.1, until Ctrl-C.
//
// PORT             8787; 0 takes a free one
// TIDEGATE_STATE   .tidegate; the folder of the database, the KV copies and the admin key
// PUBLIC_URL       the address that providers report to, if it is another
// TIDEGATE_CRON    fired instead of the crons of wrangler.toml, so that a test need not wait for a
//                  minute; seconds may stand first: `*/5 * * * * *`
//
// Whoever starts this from a program reads standard output for `ready on http://127.0.0.1:…`.
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { adminKey } from "./admin-key.mjs";
import { startCrons } from "./crons.mjs";
import { inRoot, root } from "./root.mjs";
import { admit, deployment, migrate, startWorker, withDatabase } from "./runtime.mjs";
import { giveUp, say } from "./say.mjs";

const HOST = "127.0.0.1";
const GRACE_MS = 10_000;
/** What the Worker takes for the start of a local server, and not for a minute. */
const AT_START = "start";

export function serve() {
  return serveOrThrow().catch((error) => giveUp(error.message));
}

async function serveOrThrow() {
  if (!existsSync(inRoot("build", "worker", "index.js"))) giveUp("nothing is built yet; run `npm start`");
  const port = await freePort(portFrom(process.env.PORT ?? "8787"));
  const state = resolve(root, process.env.TIDEGATE_STATE ?? inRoot(".tidegate"));

  const key = adminKey(state);
  const shared = { resourcePersistencePath: state };
  await withDatabase(shared, async (db) => {
    for (const name of await migrate(db)) say(`applied migrations/${name}`);
    await admit(db, key.key, Date.now());
  });

  // Providers report to this address.
  const vars = { PUBLIC_URL: process.env.PUBLIC_URL ?? `http://${HOST}:${port}` };
  const instance = startWorker({ vars, shared: { ...shared, host: HOST, port }, withConsole: true });
  const address = await instance.ready;
  const worker = await instance.getWorker();
  const fire = async (cron, scheduledMs) => {
    const { outcome } = await worker.scheduled({ cron, scheduledTime: new Date(scheduledMs) });
    if (outcome !== "ok") say(`cron ${cron} of ${new Date(scheduledMs).toISOString()} ended with ${outcome}`);
  };
  const { TIDEGATE_CRON: cron } = process.env;
  const stopCrons = startCrons(cron ? [cron] : deployment().crons, fire);
  // The local queue has forgotten what it held when the process before this one ended.
  const started = fire(AT_START, Date.now());

  stopOnSignal(async () => {
    await Promise.all([stopCrons(), started]);
    await instance.dispose();
  });
  say(`ready on ${address.origin}`);
  say(`sign in with the key in ${relative(process.cwd(), key.path)}`);
}

function portFrom(text) {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  return giveUp(`PORT is \`${text}\`; write a number from 0 to 65535`);
}

/** The port, or a free one for 0. Asked before anything starts: a taken one is a line, not a stack. */
function freePort(port) {
  return new Promise((free) => {
    const probe = createServer();
    probe.once("error", (error) => {
      const why = error.code === "EADDRINUSE" ? "is in use" : `cannot be opened (${error.code})`;
      giveUp(`port ${port} ${why}; stop what listens there, or set PORT to another`);
    });
    probe.listen(port, HOST, () => {
      const { port: found } = probe.address();
      probe.close(() => free(found));
    });
  });
}

function stopOnSignal(stop) {
  let stopping = false;
  const begin = async () => {
    if (stopping) return;
    stopping = true;
    say("stopping");
    setTimeout(() => process.exit(1), GRACE_MS).unref();
    await stop();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // Miniflare's own listeners end the process at once, in the middle of a cron.
    process.removeAllListeners(signal);
    process.on(signal, begin);
  }
  // Whoever started this was killed, so this ends as abruptly: the port is free at once.
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve();
