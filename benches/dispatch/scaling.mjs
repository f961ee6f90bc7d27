// `npm run bench -- scaling`: the arithmetic of SCALING.md, and a model of senders over databases: how
// evenly a skewed lot of them falls, what a hot database looks like, and which senders move.
//
// It is a model: it counts, it does not send. What it takes as given stands here, and where from.

/** A deployment. */
const SENDERS = 10_000;
const MESSAGES_A_DAY = 100_000_000;
/** Most of a day's messages go in so many hours. */
const BUSY_HOURS = 10;

/** Measured by tests/worker/cost.test.mjs and `npm run bench -- dispatch`; a message, its import included. */
const ROWS_SENT = 1.4;
const ROWS_RECEIPT = 2;
const ROWS_RECEIPT_IN_BULK = 1;
const ROWS_READ = 40;
/** A row of `messages` and a person's part of a row of `people`, in bytes, as SQLite keeps them. */
const BYTES = 190;
/** Full slices have this many messages; a tick that finds work writes this many rows a sender. */
const SLICE = 100;

/** Cloudflare's, in dollars a million, but storage: a GB and month. */
const PRICE = { written: 1, read: 0.001, requests: 0.3, queue: 0.4, cpuMs: 0.02, storage: 0.75 };
/** The database's own limits, and how full one is kept. */
const DATABASE_BYTES = 10e9;
const FILLED = 0.5;
/** Transactions a second that one database takes, a cautious guess: D1 works on one at a time. */
const TRANSACTIONS = 500;
const BUSY = 0.5;

/** Prints both. */
export async function scaling() {
  arithmetic();
  model();
}

function arithmetic() {
  const perSecond = MESSAGES_A_DAY / (BUSY_HOURS * 3_600);
  console.log(`\n${number(MESSAGES_A_DAY)} messages a day of ${number(SENDERS)} senders: ${number(perSecond)} a second in ${BUSY_HOURS} busy hours\n`);
  console.log("| a day | receipts one by one | receipts in bulk |");
  console.log("| --- | --- | --- |");
  const both = [1, 100].map((together) => {
    const receiptRows = together === 1 ? ROWS_RECEIPT : ROWS_RECEIPT_IN_BULK + 1 / together;
    const slices = MESSAGES_A_DAY / SLICE;
    const written = MESSAGES_A_DAY * (ROWS_SENT + receiptRows);
    const read = MESSAGES_A_DAY * ROWS_READ;
    // A queue message is written, read and deleted.
    const queue = slices * 3;
    const requests = slices + MESSAGES_A_DAY / together + 1_440;
    const cpuMs = MESSAGES_A_DAY * 0.5 + requests * 2;
    const groups = MESSAGES_A_DAY / 6;
    const transactions = groups + slices * 4 + MESSAGES_A_DAY / together;
    return { written, read, queue, requests, cpuMs, transactions };
  });
  const line = (what, of) => console.log(`| ${what} | ${both.map(of).join(" | ")} |`);
  const money = (amount, price) => `${number(amount)}, $${number((amount / 1e6) * price)}`;
  line("rows written", ({ written }) => money(written, PRICE.written));
  line("rows read", ({ read }) => money(read, PRICE.read));
  line("queue operations", ({ queue }) => money(queue, PRICE.queue));
  line("requests", ({ requests }) => money(requests, PRICE.requests));
  line("CPU, ms", ({ cpuMs }) => money(cpuMs, PRICE.cpuMs));
  const total = (one) => Object.entries({ written: 0, read: 0, queue: 0, requests: 0, cpuMs: 0 }).reduce((sum, [key]) => sum + (one[key] / 1e6) * PRICE[key], 0);
  line("together", (one) => `$${number(total(one))}, ${((total(one) / MESSAGES_A_DAY) * 1e6).toFixed(2)} a million messages`);
  line("transactions a second when busy", ({ transactions }) => number(transactions / (BUSY_HOURS * 3_600)));
  line("databases for these", ({ transactions }) => Math.ceil(transactions / (BUSY_HOURS * 3_600) / (TRANSACTIONS * BUSY)));
  for (const days of [3, 30]) {
    const bytes = MESSAGES_A_DAY * BYTES * days;
    line(`databases for ${days} days kept (${number(bytes / 1e9)} GB)`, () => Math.ceil(bytes / (DATABASE_BYTES * FILLED)));
  }
}

function model() {
  console.log(`\nThe busiest of the databases against their mean, by messages a day:\n`);
  console.log("| senders | databases | by hash | by load | moved until none is over 1.25 | their messages a day |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const [name, weigh] of Object.entries(DISTRIBUTIONS)) {
    for (const shards of [16, 64]) {
      const loads = weights(weigh);
      const hashed = spread(loads, shards, (index) => hash(index) % shards);
      const placed = byLoad(loads, shards);
      const moved = rebalance(loads, spread(loads, shards, (index) => hash(index) % shards), 1.25);
      const share = number(moved.messages);
      console.log(`| ${name} | ${shards} | ${peak(hashed)} | ${peak(placed)} | ${moved.moves}${moved.stuck ? " (one sender alone is over)" : ""} | ${share} |`);
    }
  }
}

const DISTRIBUTIONS = {
  "all alike": () => 1,
  "a few large (Zipf, 0.8)": (rank) => rank ** -0.8,
  "one is a tenth of all (Zipf, 1)": (rank) => rank ** -1,
};

/** Messages a day of each sender, in no order that a hash could know. */
function weights(weigh) {
  const raw = Array.from({ length: SENDERS }, (_, index) => weigh(index + 1));
  const sum = raw.reduce((sum, one) => sum + one, 0);
  return raw.map((one) => (one / sum) * MESSAGES_A_DAY);
}

function spread(loads, shards, place) {
  const all = Array.from({ length: shards }, () => ({ load: 0, senders: [] }));
  loads.forEach((load, index) => {
    const shard = all[place(index)];
    shard.load += load;
    shard.senders.push(load);
  });
  return all;
}

/** Each sender, as it comes, to the database that has the least. */
function byLoad(loads, shards) {
  const all = spread([], shards);
  const order = loads.map((_, index) => index).sort((one, other) => hash(one) - hash(other));
  for (const index of order) {
    const least = all.reduce((least, shard) => (shard.load < least.load ? shard : least));
    least.load += loads[index];
    least.senders.push(loads[index]);
  }
  return all;
}

/** Moves the largest sender that helps from the busiest database to the idlest, until none is over. */
function rebalance(loads, all, most) {
  const mean = loads.reduce((sum, one) => sum + one, 0) / all.length;
  let moves = 0;
  let messages = 0;
  for (;;) {
    const busiest = all.reduce((most, shard) => (shard.load > most.load ? shard : most));
    if (busiest.load <= mean * most) return { moves, messages, stuck: false };
    const idlest = all.reduce((least, shard) => (shard.load < least.load ? shard : least));
    const fits = busiest.senders.filter((load) => idlest.load + load < busiest.load && load <= busiest.load - mean);
    if (fits.length === 0) return { moves, messages, stuck: true };
    const moved = Math.max(...fits);
    busiest.senders.splice(busiest.senders.indexOf(moved), 1);
    busiest.load -= moved;
    idlest.senders.push(moved);
    idlest.load += moved;
    moves += 1;
    messages += moved;
  }
}

function peak(shards) {
  const mean = shards.reduce((sum, { load }) => sum + load, 0) / shards.length;
  const busiest = Math.max(...shards.map(({ load }) => load));
  return `${(busiest / mean).toFixed(2)} times`;
}

/** 32 bits of a number, mixed (the finisher of MurmurHash3). */
function hash(number) {
  let mixed = (number + 1) * 0x9e3779b1;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function number(value) {
  return Math.round(value).toLocaleString("en");
}
