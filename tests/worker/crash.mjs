// One round of the crash test: the real server dispatches a campaign to a provider that notes every
// POST, all its processes are killed at drawn moments, it is started again, and so on until the
// campaign is completed.
//
// What has to be true in the end is in crash-checks.mjs, what a kill leaves behind is read by
// crash-remains.mjs. scripts/crash.mjs runs rounds by hand, crash.test.mjs three small ones.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startServer } from "../server.mjs";
import { abandonedBetween, lateness, verdict } from "./crash-checks.mjs";
import { startCrashProvider } from "./crash-provider.mjs";
import { randomFrom } from "./crash-random.mjs";
import { remainsOf } from "./crash-remains.mjs";

const MINUTE_MS = 60_000;
/**
 * The span of the rolling limit. It is used up in the first part of it, and then waited for. Minutes
 * are no multiple of it, so that ticks fall anywhere in it.
 */
const ROLLING_MS = 11_000;
const OPEN_SHARE = 0.6;
/** Messages a second, waits included: as many as let a small campaign last this long, in s. */
const PER_SECOND = [30, 80];
const SMALL_S = 20;
/** A claim is good for this long (`LEASE_MS` of the Worker). */
const LEASE_MS = 60_000;
/** What the dead had sent arrives within this time. */
const UNREAD_MS = 100;
/** How long nothing may go after a pause while this looks on, in ms. */
const PAUSE_MS = [2_000, 5_000];
/** A sweep that comes every few seconds has been and gone this long after a lease ran out, in ms. */
const SWEPT_MS = 7_000;
/** A moment that has not come after this time is taken as it is: with the real cron, and with one of the test's own. */
const PATIENCE_MS = { real: 70_000, own: 5_000 };
/** A campaign to which nothing happens for this long is stuck. */
const STUCK_MS = 600_000;

/** Where a kill is aimed at, and how often. */
const PLACES = [
  ["after a tick", 15],
  ["POST in flight", 25],
  ["answer unrecorded", 20],
  ["end of a slice", 15],
  ["after a start", 10],
  ["any time", 15],
];

/**
 * Runs a round and answers `{ figures, wrong, evidence }`: what it did, what is wrong afterwards and
 * what that was found in. `kills` is how many at least; `cron` as startServer takes it; `say` is
 * told what happens.
 */
export async function crashRound({ seed, messages, deduplicates, kills, cron, say = () => {} }) {
  const random = randomFrom(seed);
  const provider = await startCrashProvider({ deduplicates, random: randomFrom(seed ^ 0x5eed) });
  const state = mkdtempSync(join(tmpdir(), "tidegate-crash-"));
  const round = { random, provider, state, messages, cron, say, kills: [], pauses: [] };
  const began = Date.now();
  try {
    round.server = await startServer({ state, cron });
    const rules = await startCampaign(round, deduplicates);
    round.ended = completion(round);
    await Promise.race([once(provider.events, "post"), round.ended]);
    for (const event of events(round, kills)) {
      if (round.isCompleted) break;
      await (event === "pause" ? pause(round) : strike(round, event));
    }
    await recover(round);
    await round.ended;
    while (provider.open() > 0) await sleep(100);
    const seconds = (Date.now() - began) / 1000;

    const { posts, receipts } = provider;
    const evidence = {
      deduplicates,
      messages,
      rules,
      posts,
      receipts: [...receipts],
      kills: round.kills,
      pauses: round.pauses,
      page: await api(round, "GET", round.path),
      listing: await listing(round),
    };
    return { figures: { ...figuresOf(evidence), seed, seconds }, wrong: verdict(evidence), evidence };
  } finally {
    round.isCompleted = true;
    await round.server?.kill();
    await provider.close();
    rmSync(state, { recursive: true, force: true });
  }
}

/**
 * Kills at drawn places and one pause. With a cron of the test's own no kill is aimed at the minute,
 * and the pause comes last.
 */
function events({ random, cron }, kills) {
  const places = cron ? PLACES.filter(([place]) => place !== "after a tick") : PLACES;
  const all = Array.from({ length: kills }, () => random.pick(places));
  all.splice(cron ? kills : random.between(1, kills), 0, "pause");
  return all;
}

async function startCampaign(round, deduplicates) {
  const { messages, provider } = round;
  const perSecond = Math.min(Math.max(messages / SMALL_S, PER_SECOND[0]), PER_SECOND[1]);
  const max = Math.round((perSecond * ROLLING_MS) / 1000);
  const gapMs = Math.floor((ROLLING_MS * OPEN_SHARE) / max);
  const sender = await api(round, "POST", "senders", {
    name: "Front desk",
    channel: "sms",
    region: "FR",
    provider: { kind: "webhook", url: provider.url, deduplicates, per_second: 1000 },
    policy: { limits: [{ max, rolling: `${ROLLING_MS}ms` }], gap: `${gapMs}ms` },
  });
  const campaign = await api(round, "POST", "campaigns", {
    name: "Term dates",
    sender_id: sender.id,
    content: { text: "Hello {{name}}" },
  });
  round.path = `campaigns/${campaign.id}`;
  const list = await api(round, "POST", `${round.path}/recipients?file_name=people.csv`, people(messages), "text/csv");
  if (list.accepted !== messages) throw new Error(`${list.accepted} of ${messages} people were accepted`);
  await api(round, "POST", `${round.path}/schedule`);
  return { max, gapMs, rollingMs: ROLLING_MS };
}

function people(count) {
  const rows = Array.from({ length: count }, (_, index) => `Person ${index},+336${String(12_000_000 + index)}\n`);
  return `name,phone\n${rows.join("")}`;
}

/** Resolves when the campaign has ended and everything about it is recorded. */
async function completion(round) {
  let quietSince = Date.now();
  let arrived = 0;
  while (!round.isCompleted) {
    await sleep(1_000);
    const campaign = await api(round, "GET", round.path).catch(() => null);
    if (round.provider.posts.length > arrived || round.isStriking) quietSince = Date.now();
    arrived = round.provider.posts.length;
    const isStuck = Date.now() - quietSince > STUCK_MS;
    if (isStuck) round.say("nothing has happened for ten minutes");
    round.isCompleted = isStuck || ["completed", "stopped", "failed"].includes(campaign?.status);
  }
}

/** Kills the server at a moment of the kind `place` names, and starts it again. */
async function strike(round, place) {
  const { random, provider, messages } = round;
  const skip = random.between(1, Math.ceil(messages / 40));
  const came = await within(round, (signal) => momentOf(place, { random, events: provider.events, skip, signal }));
  if (!round.isCompleted) await kill(round, came ? place : "in a lull");
}

/** Waits for what `wait` answers, but not for ever: false when it did not come. */
async function within(round, wait) {
  const over = new AbortController();
  const lull = sleep(PATIENCE_MS[round.cron ? "own" : "real"], false, { signal: over.signal });
  try {
    return await Promise.race([wait(over.signal).then(() => true), lull, round.ended]);
  } finally {
    over.abort();
    lull.catch(() => {});
  }
}

async function momentOf(place, { random, events, skip, signal }) {
  const untilPost = async (count) => {
    for (let left = count; left > 0; left -= 1) await once(events, "post", { signal });
  };
  const untilAnswer = async (isIt) => {
    for (;;) {
      const [post] = await once(events, "answer", { signal });
      if (isIt(post)) return;
    }
  };
  const pass = (ms) => sleep(ms, undefined, { signal });
  try {
    switch (place) {
      case "after a tick":
        await untilPost(1);
        return await pass(MINUTE_MS - (Date.now() % MINUTE_MS) + random.between(0, 40) ** 2);
      case "POST in flight":
        await untilPost(skip);
        return await pass(random.between(0, 3));
      case "answer unrecorded":
        await untilPost(skip);
        await untilAnswer(() => true);
        return await pass(random.between(0, 12));
      case "end of a slice":
        await untilPost(skip);
        // Slices hold a hundred, from the cursor on; what came back moves their borders.
        await untilAnswer(({ key }) => key.endsWith("99"));
        return await pass(random.between(0, 60));
      case "after a start":
        return await pass(random.between(0, 40) ** 2);
      default:
        await untilPost(1);
        return await pass(random.between(0, 10_000));
    }
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

async function kill(round, place) {
  const { provider, state, server, cron } = round;
  round.isStriking = true;
  const atMs = Date.now();
  await server.kill();
  await sleep(UNREAD_MS);
  const remains = remainsOf(state);
  round.kills.push({ place, atMs, posts: provider.posts.length, remains });
  round.say(
    `killed ${place}: ${provider.posts.length} POSTs, ${remains.inDoubt.length} in doubt, ` +
      `${remains.slices.length} slices open, the campaign ${remains.status}`,
  );
  // The same port: receipts come to the address that the messages carry.
  round.server = await startServer({ state, cron, port: new URL(server.url).port });
  round.isStriking = false;
}

/**
 * Pauses the campaign in the middle, kills the server while it is paused, looks on for a while and
 * lets it go on: with a cron of the test's own when what the dead left has been taken up.
 */
async function pause(round) {
  const { random, provider, path, pauses, say, cron } = round;
  await within(round, (signal) => once(provider.events, "post", { signal }).catch(() => {}));
  if (round.isCompleted) return;
  await sleep(random.between(0, 2_000));
  const paused = await api(round, "POST", `${path}/pause`).catch((error) => say(`not paused: ${error.message}`));
  if (!paused) return;
  const held = { atMs: Date.now(), untilMs: Infinity, inFlight: paused.in_flight };
  pauses.push(held);
  await sleep(random.between(0, 1_500));
  await kill(round, "paused");
  await sleep(cron ? LEASE_MS + SWEPT_MS : random.between(...PAUSE_MS));
  held.untilMs = Date.now();
  await api(round, "POST", `${path}/resume`);
  say(`paused for ${held.untilMs - held.atMs} ms with ${held.inFlight} in flight`);
}

/**
 * Where real time counts, one kill more: when the leases of the dead have run out and what they left
 * is being taken up.
 */
async function recover(round) {
  if (round.cron) return;
  const last = round.kills.at(-1)?.atMs ?? 0;
  const due = last + LEASE_MS + round.random.between(1_000, 4_000) - Date.now();
  await Promise.race([sleep(Math.max(due, 0)), round.ended]);
  if (!round.isCompleted) await kill(round, "while recovering");
}

function figuresOf(evidence) {
  const { kills, posts, page, receipts } = evidence;
  const struck = kills.map((kill, index) => struckBy(kill, kills[index - 1], posts));
  return {
    kills: kills.length,
    posts: posts.length,
    repeated: posts.filter(({ repeated }) => repeated).length,
    inDoubt: struck.reduce((sum, { inDoubt }) => sum + inDoubt, 0),
    unknown: page.progress.unknown,
    receipts: receipts.length,
    latestMs: lateness(evidence).latestMs,
    struck: struck.reduce((sums, { moments }) => added(sums, moments), {}),
  };
}

/** What a kill left in doubt that was not so before, and at what moments of it the kill struck. */
function struckBy({ atMs, posts: arrived, remains }, before, posts) {
  const abandoned = new Set(before ? abandonedBetween(before.remains, remains) : []);
  const last = new Map(posts.slice(0, arrived).map((post) => [post.key.slice(post.key.lastIndexOf("-") + 1), post]));
  const doubted = remains.inDoubt.filter((ordinal) => !abandoned.has(ordinal)).map((ordinal) => last.get(String(ordinal)));
  const isAnswered = (post) => post?.answeredMs && post.answeredMs <= atMs;
  const moments = {
    "claimed, not POSTed": doubted.some((post) => !post),
    "POSTed, not answered": doubted.some((post) => post && !isAnswered(post)),
    "answered, not recorded": doubted.some(isAnswered),
    "claimed, the last of their slice": remains.slices.some(
      ({ positions, claimed, settled }) => settled < claimed && claimed === positions.length,
    ),
    "committed, not begun": remains.slices.some(({ claimed }) => claimed === 0),
  };
  return { inDoubt: doubted.length, moments };
}

function added(sums, moments) {
  return Object.fromEntries(Object.entries(moments).map(([name, did]) => [name, (sums[name] ?? 0) + Number(did)]));
}

async function listing({ path, ...round }) {
  const items = [];
  let cursor = "";
  do {
    const page = await api(round, "GET", `${path}/messages?limit=200${cursor && `&cursor=${cursor}`}`);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return items.map(({ ordinal, status, planned_at, sent_at }) => ({ ordinal, status, planned_at, sent_at }));
}

async function api({ server }, method, path, body, type = "application/json") {
  const response = await fetch(`${server.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${server.key}`, "content-type": type },
    body: typeof body === "object" ? JSON.stringify(body) : body,
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer;
}
