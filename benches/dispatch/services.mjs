// The programs that the benchmarks need beside workerd: the provider, and the peers' databases, each
// on 127.0.0.1 with a folder of its own. What is not installed is left out.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inRoot } from "../../scripts/root.mjs";

/** A provider that answers after `afterMs`. */
export async function startProvider(afterMs) {
  const child = spawn(process.execPath, [inRoot("benches", "dispatch", "provider.mjs")], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await once(child.stdout, "data");
  const url = `http://127.0.0.1:${String(port).trim()}/send`;
  await fetch(url, { method: "PUT", body: JSON.stringify({ after_ms: afterMs }) });
  return {
    url,
    /** What it has counted since the last call. */
    counts: async () => (await fetch(url)).json(),
    stop: () => ended(child),
  };
}

/** Redis in memory alone; undefined where it is not installed. */
export async function startRedis() {
  if (!found("redis-server")) return undefined;
  const port = await freePort();
  const args = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning"];
  const child = spawn("redis-server", args.map(String), { stdio: "ignore", cwd: tmpdir() });
  await sleep(500);
  return { where: port, pid: child.pid, stop: () => ended(child) };
}

/** PostgreSQL as it is installed, with a fresh cluster; undefined where it is not installed. */
export async function startPostgres() {
  const versions = "/usr/lib/postgresql";
  const version = existsSync(versions) ? readdirSync(versions).sort().at(-1) : undefined;
  const programs = version ? join(versions, version, "bin") : undefined;
  if (!programs) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "tidegate-bench-"));
  const data = join(folder, "data");
  const port = await freePort();
  // It refuses to run as root.
  const account = process.getuid() === 0 ? nobody() : {};
  if (account.uid) chownSync(folder, account.uid, account.gid);
  mkdirSync(join(folder, "socket"), { mode: 0o777 });
  if (account.uid) chownSync(join(folder, "socket"), account.uid, account.gid);
  execFileSync(join(programs, "initdb"), ["-D", data, "-A", "trust", "-U", "postgres"], { ...account, stdio: "ignore", cwd: folder });
  const settings = ["-p", port, "-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=${join(folder, "socket")}`, "-c", "shared_buffers=256MB"];
  const child = spawn(join(programs, "postgres"), ["-D", data, ...settings.map(String)], { ...account, stdio: "ignore", cwd: folder });
  await sleep(2_000);
  return {
    where: `postgres://postgres@127.0.0.1:${port}/postgres`,
    pid: child.pid,
    async stop() {
      await ended(child, "SIGINT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function nobody() {
  const line = readFileSync("/etc/passwd", "utf8").split("\n").find((line) => line.startsWith("postgres:")) ?? "x:x:65534:65534";
  const [uid, gid] = line.split(":").slice(2, 4).map(Number);
  return { uid, gid };
}

function found(program) {
  return (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, program)));
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

async function ended(child, signal = "SIGTERM") {
  if (child.exitCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
}
