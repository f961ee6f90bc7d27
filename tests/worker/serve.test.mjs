// What `npm start` promises about its process: one key that only its owner can read, one line
// for a mistake, a quiet end, and everything still there after a SIGKILL.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { inRoot } from "../../scripts/root.mjs";
import { withDatabase } from "../../scripts/runtime.mjs";

const START_MS = 20_000;
const SENDER = { name: "Harbour line", channel: "sms", provider: { kind: "sandbox" }, policy: {} };

let state;
let started;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "tidegate-state-"));
  started = [];
});
afterEach(async () => {
  for (const server of started) server.process.kill("SIGKILL");
  await Promise.all(started.map((server) => server.ended));
  rmSync(state, { recursive: true, force: true });
});

/** Starts the server as a program would, and answers once it says that it is ready. */
async function start({ port = 0 } = {}) {
  const child = spawn(process.execPath, [inRoot("scripts", "serve.mjs")], {
    env: { ...process.env, PORT: String(port), TIDEGATE_STATE: state, TIDEGATE_BEGAN_MS: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const server = { process: child, output: "", errors: "" };
  server.ended = new Promise((resolve) => child.on("close", (code) => resolve(code)));
  child.stderr.setEncoding("utf8").on("data", (text) => (server.errors += text));
  started.push(server);
  await new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`not ready: ${server.output}${server.errors}`)), START_MS).unref();
    child.stdout.setEncoding("utf8").on("data", (text) => {
      server.output += text;
      server.url ??= server.output.match(/ready on (http:\/\/127\.0\.0\.1:\d+)\n/)?.[1];
      if (server.output.includes("sign in")) resolve();
    });
    child.on("close", resolve);
  });
  return server;
}

test("the first start makes one admin key, which is nowhere on the terminal", async () => {
  const first = await start();
  const key = readFileSync(join(state, "admin.key"), "utf8").trim();
  assert.match(key, /^tg_[A-Za-z0-9_-]{43}$/);
  assert.equal(statSync(join(state, "admin.key")).mode & 0o777, 0o600);
  assert.ok(first.output.includes("admin.key"));
  assert.ok(!`${first.output}${first.errors}`.includes(key));
  first.process.kill("SIGTERM");
  await first.ended;

  const second = await start();
  second.process.kill("SIGTERM");
  await second.ended;
  assert.equal(readFileSync(join(state, "admin.key"), "utf8").trim(), key);
  const opens = `SELECT memberships.role, users.is_owner, keys.role AS no_more_than
    FROM keys JOIN users ON users.id = keys.user_id JOIN memberships ON memberships.user_id = users.id`;
  const keys = await withDatabase({ resourcePersistencePath: state }, (db) => db.prepare(opens).raw());
  assert.deepEqual(keys, [["administrator", 1, null]]);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  test(`${signal} ends it with code 0, in plain words`, async () => {
    const server = await start();
    server.process.kill(signal);
    assert.equal(await server.ended, 0);
    assert.match(server.output, /stopping\n$/);
    assert.equal(server.errors, "");
  });
}

test("a port in use is one line and a failure", async () => {
  const taken = createServer();
  await new Promise((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address();
  try {
    const server = await start({ port });
    assert.equal(await server.ended, 1);
    assert.equal(server.errors, `tidegate: port ${port} is in use; stop what listens there, or set PORT to another\n`);
  } finally {
    taken.close();
  }
});

test("a PORT that is no port is one line and a failure", async () => {
  const server = await start({ port: "eighty" });
  assert.equal(await server.ended, 1);
  assert.equal(server.errors, "tidegate: PORT is `eighty`; write a number from 0 to 65535\n");
});

test("what an answer promised is there after a SIGKILL, and the port is free", async () => {
  const first = await start();
  const port = Number(new URL(first.url).port);
  const authorization = `Bearer ${readFileSync(join(state, "admin.key"), "utf8").trim()}`;
  const call = (method, body) =>
    fetch(`http://127.0.0.1:${port}/api/v1/senders`, {
      method,
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const answer = await call("POST", SENDER);
  first.process.kill("SIGKILL");
  assert.equal(answer.status, 201, await answer.text());
  await first.ended;
  await until(() => isFree(port));

  await start({ port });
  const { items } = await (await call("GET")).json();
  assert.deepEqual(items.map((sender) => sender.name), [SENDER.name]);
});

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

async function until(check, timeoutMs = 5000) {
  const end = Date.now() + timeoutMs;
  while (!(await check())) {
    assert.ok(Date.now() < end, `still false after ${timeoutMs} ms: ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
