// What a killed server leaves behind, read from a copy of its database: the next server finds
// everything as the kill left it.
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * The database in the folder `state`, whose server is dead. Ordinals are lists in no order.
 *
 * - `status`, `total`, `cursor` of its one campaign, and `counted`, its counters with those of the
 *   open slices;
 * - `recorded`: `[[ordinal, status]]` of messages with an outcome;
 * - `slices`: those not done, each `{ id, positions, claimed, settled }`, `positions` its ordinals;
 * - `backlog`: ordinals that came back;
 * - `inDoubt`: ordinals that were claimed and have no outcome in their slice.
 */
export function remainsOf(state) {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-remains-"));
  try {
    const db = new DatabaseSync(copyOf(databaseIn(state), folder));
    try {
      return read(db);
    } finally {
      db.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function databaseIn(state) {
  const files = readdirSync(state, { recursive: true }).filter((path) => /D1DatabaseObject\/[0-9a-f]{64}\.sqlite$/.test(path));
  if (files.length !== 1) throw new Error(`${files.length} databases in ${state}`);
  return join(state, files[0]);
}

/** The file with its log of committed pages; the index of that log is made anew. */
function copyOf(path, folder) {
  const copy = join(folder, basename(path));
  copyFileSync(path, copy);
  try {
    copyFileSync(`${path}-wal`, `${copy}-wal`);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  return copy;
}

function read(db) {
  const counters = ["sent", "failed", "skipped", "unknown"];
  const campaign = db.prepare("SELECT * FROM campaigns").get();
  const open = db.prepare("SELECT * FROM handovers WHERE done = 0").all();
  const slices = open.map(({ tick_no: tick, slice, items, claimed, settled }) => ({
    id: `${tick}-${slice}`,
    positions: JSON.parse(items).flatMap(({ first, count }) => ordinals(first, count)),
    claimed,
    settled,
  }));
  const backlog = db.prepare("SELECT first, count FROM backlog").all();
  return {
    status: campaign.status,
    total: campaign.total,
    cursor: campaign.cursor,
    counted: counters.reduce((sum, name) => open.reduce((all, slice) => all + slice[name], sum + campaign[name]), 0),
    recorded: db.prepare("SELECT ordinal, status FROM messages").all().map(({ ordinal, status }) => [ordinal, status]),
    slices,
    backlog: backlog.flatMap(({ first, count }) => ordinals(first, count)),
    inDoubt: slices.flatMap(({ positions, settled, claimed }) => positions.slice(settled, claimed)),
  };
}

const ordinals = (first, count) => Array.from({ length: count }, (_, index) => first + index);
