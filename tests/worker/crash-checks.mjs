// What has to be true after a round of the crash test, whatever was killed and when.
//
// Each check is a function of the evidence that answers what it found wrong, one line each; none
// is the good answer. `verdict` runs them all. crash.test.mjs doctors good evidence to see each
// of them fail.
//
// The evidence: `{ deduplicates, messages, rules, posts, receipts, kills, pauses, page, listing }`.
// `rules` is `{ max, rollingMs, gapMs }`, `posts` are the provider's, `receipts` `[[key, status]]`
// as acknowledged, `kills` `[{ atMs, posts, remains }]` with `posts` how many had arrived by then,
// `pauses` `[{ atMs, untilMs, inFlight }]` from the acknowledgement to the order to go on, `page`
// the campaign as the API shows it in the end and `listing` all its messages.

/** A POST begins up to this long after its instant, in ms (`GRACE_MS` of the Worker) ... */
const GRACE_MS = 2_000;
/** ... and on a machine that is busy with other things this much later, a recorded claim included. */
const BUSY_MS = 1_000;
/** The most POSTs in flight for a slice (`GROUP_MESSAGES`). */
const GROUP_MESSAGES = 6;
/** How far the messages of a group are apart (`GROUP_SPAN_MS`). */
const GROUP_SPAN_MS = 500;
/** What a kill may be ahead of, in ms: bytes that the dead had sent and nobody had read. */
const UNREAD_MS = 250;

export const checks = {
  "the campaign is completed": ({ page, messages }) => [
    ...unless(page.status === "completed", `it is ${page.status}`),
    ...unless(page.progress.total === messages, `it has ${page.progress.total} people of ${messages}`),
  ],

  "nobody twice": ({ posts, deduplicates, kills }) => {
    const wrong = [];
    const keys = groupedBy(posts, ({ key }) => key);
    const people = groupedBy(posts, ({ to }) => to);
    for (const [to, all] of people) {
      if (new Set(all.map(({ key }) => key)).size > 1) wrong.push(`${to} under several keys`);
    }
    for (const [key, all] of keys) {
      if (new Set(all.map(({ to }) => to)).size > 1) wrong.push(`${key} to several people`);
      if (all.length === 1) continue;
      if (!deduplicates) {
        wrong.push(`${key} was POSTed ${all.length} times`);
        continue;
      }
      // Between one POST and the next somebody died who had claimed it.
      const doubts = kills.filter(({ remains }) => remains.inDoubt.includes(ordinalOf(key)));
      const between = (one, next) => doubts.some(({ atMs }) => one.atMs <= atMs + UNREAD_MS && atMs <= next.atMs);
      all.slice(1).forEach((post, index) => {
        if (!between(all[index], post)) wrong.push(`${key} was POSTed again without a doubt`);
      });
    }
    return wrong;
  },

  "nobody lost": ({ posts, deduplicates, messages, listing }) => {
    const posted = new Set(posts.map(({ key }) => ordinalOf(key)));
    const statuses = new Map(listing.map(({ ordinal, status }) => [ordinal, status]));
    const reached = deduplicates ? ["sent", "delivered", "failed"] : ["sent", "delivered", "failed", "unknown"];
    return Array.from({ length: messages }, (_, ordinal) => ordinal).flatMap((ordinal) => {
      const status = statuses.get(ordinal);
      if (!reached.includes(status)) return [`message ${ordinal} is ${status}`];
      return unless(posted.has(ordinal) || status === "unknown", `message ${ordinal} is ${status} and was never POSTed`);
    });
  },

  "only what was in flight at a kill is in doubt": ({ kills, listing }) => {
    const doubted = new Set(kills.flatMap(({ remains }) => remains.inDoubt));
    const unknown = listing.filter(({ status }) => status === "unknown");
    return [
      ...unknown.filter(({ ordinal }) => !doubted.has(ordinal)).map(({ ordinal }) => `message ${ordinal} is unknown and was not in flight`),
      ...kills.flatMap(({ remains }, index) =>
        remains.slices
          .filter(({ claimed, settled }) => claimed - settled > GROUP_MESSAGES)
          .map(({ claimed, settled }) => `kill ${index + 1} left ${claimed - settled} messages of one slice in doubt`),
      ),
    ];
  },

  "a POST is claimed before it begins": ({ kills, posts }) => {
    const doubted = new Set();
    return kills.flatMap(({ remains, posts: arrived }, index) => {
      for (const ordinal of remains.inDoubt) doubted.add(ordinal);
      const recorded = new Set(remains.recorded.map(([ordinal]) => ordinal));
      return posts
        .slice(0, arrived)
        .map(({ key }) => ordinalOf(key))
        .filter((ordinal) => !recorded.has(ordinal) && !doubted.has(ordinal))
        .map((ordinal) => `kill ${index + 1} found message ${ordinal} POSTed and not claimed`);
    });
  },

  "each kill leaves everybody in one place": ({ kills }) =>
    kills.flatMap(({ remains }, index) => {
      const wrong = (text) => `kill ${index + 1}: ${text}`;
      const open = remains.slices.flatMap(({ positions, settled }) => positions.slice(settled));
      const waiting = [...open, ...remains.backlog];
      const placed = new Set([...waiting, ...remains.recorded.map(([ordinal]) => ordinal)]);
      const lost = Array.from({ length: remains.cursor }, (_, ordinal) => ordinal).filter((ordinal) => !placed.has(ordinal));
      return [
        ...lost.map((ordinal) => wrong(`message ${ordinal} is nowhere`)),
        ...unless(new Set(waiting).size === waiting.length, wrong("a message waits in two places")),
        ...unless(
          remains.counted === remains.recorded.length,
          wrong(`${remains.counted} are counted and ${remains.recorded.length} recorded`),
        ),
      ];
    }),

  "the counts add up": ({ page: { progress }, listing, messages }) => {
    const listed = (...statuses) => listing.filter(({ status }) => statuses.includes(status)).length;
    const { total, queued, sending, sent, delivered, failed, skipped, cancelled, unknown } = progress;
    const same = (name, counted, found) => unless(counted === found, `${counted} ${name} on the page, ${found} in the list`);
    const sum = queued + sending + sent + failed + skipped + cancelled + unknown;
    return [
      ...unless(sum === total, `the counts add up to ${sum} of ${total}`),
      ...unless(new Set(listing.map(({ ordinal }) => ordinal)).size === messages, `${listing.length} messages are listed`),
      ...same("sent", sent, listed("sent", "delivered")),
      ...same("delivered", delivered, listed("delivered")),
      ...same("failed", failed, listed("failed")),
      ...same("skipped", skipped, listed("skipped")),
      ...same("unknown", unknown, listed("unknown")),
      ...same("on their way", queued + sending + cancelled, listed("queued", "sending", "cancelled")),
    ];
  },

  "a receipt that was acknowledged is kept": ({ receipts, listing }) => {
    const statuses = new Map(listing.map(({ ordinal, status }) => [ordinal, status]));
    return receipts
      .filter(([key, status]) => statuses.get(ordinalOf(key)) !== status)
      .map(([key, status]) => `${key} was reported as ${status} and is ${statuses.get(ordinalOf(key))}`);
  },

  "the limit holds": ({ posts, listing, rules: { max, rollingMs } }) => {
    const over = (instants, withinMs, where) => {
      const sorted = instants.toSorted((one, other) => one - other);
      return sorted.flatMap((from, index) => {
        const spanMs = sorted[index + max] - from;
        return spanMs < withinMs ? [`${max + 1} within ${spanMs} ms ${where}`] : [];
      });
    };
    return [
      ...over(promised(listing), rollingMs, "by their instants"),
      ...over(posts.map(({ atMs }) => atMs), rollingMs - GRACE_MS - BUSY_MS, "at the provider"),
    ];
  },

  "the gap holds": ({ posts, listing, rules: { gapMs } }) => {
    const instants = promised(listing).toSorted((one, other) => one - other);
    const close = instants.slice(1).filter((instant, index) => instant - instants[index] < gapMs);
    return [
      ...close.map((instant) => `two less than ${gapMs} ms apart at ${instant}`),
      ...unless(aheadMs(posts, gapMs) <= GRACE_MS + BUSY_MS, `the provider got them ${aheadMs(posts, gapMs)} ms too fast`),
    ];
  },

  "a POST comes at its instant": (evidence) => {
    const { earliestMs, latestMs } = lateness(evidence);
    return [
      ...unless(earliestMs >= -50, `one came ${-earliestMs} ms before its instant`),
      ...unless(latestMs <= GRACE_MS + BUSY_MS, `one came ${latestMs} ms after its instant`),
    ];
  },

  "nothing goes after a pause is acknowledged": ({ pauses, posts, kills }) =>
    pauses.flatMap(({ atMs, untilMs, inFlight }) => {
      const next = kills.findIndex((kill) => kill.atMs >= atMs);
      // Messages of the dead are still claimed, and nobody is sending them.
      const abandoned = next > 0 ? abandonedBetween(kills[next - 1].remains, kills[next].remains).length : 0;
      const after = posts.filter((post) => post.atMs > atMs && post.atMs < untilMs);
      const late = after.filter((post) => post.atMs - atMs > GROUP_SPAN_MS + GRACE_MS + BUSY_MS);
      return [
        ...unless(after.length <= inFlight - abandoned, `${after.length} POSTs came with ${inFlight} in flight, ${abandoned} of them of the dead`),
        ...late.map((post) => `${post.key} came ${post.atMs - atMs} ms after it`),
      ];
    }),
};

/** The ordinals that a kill left in doubt and the next one found as they were. */
export function abandonedBetween(before, after) {
  const then = new Map(before.slices.map((slice) => [slice.id, slice]));
  return after.slices
    .filter(({ id, claimed, settled }) => then.get(id)?.claimed === claimed && then.get(id).settled === settled)
    .flatMap(({ positions, claimed, settled }) => positions.slice(settled, claimed));
}

/** What is wrong: `[{ check, found }]`, `found` its lines. */
export function verdict(evidence) {
  return Object.entries(checks)
    .map(([check, find]) => ({ check, found: find(evidence) }))
    .filter(({ found }) => found.length > 0);
}

/** How long before and after their instants POSTs came; the last POST of each message counts. */
export function lateness({ posts, listing }) {
  const planned = new Map(listing.filter(isPlanned).map(({ ordinal, planned_at }) => [ordinal, planned_at]));
  const last = new Map(posts.map((post) => [ordinalOf(post.key), post.atMs]).filter(([ordinal]) => planned.has(ordinal)));
  const late = [...last].map(([ordinal, atMs]) => atMs - planned.get(ordinal));
  return { earliestMs: late.reduce((one, other) => Math.min(one, other), 0), latestMs: late.reduce((one, other) => Math.max(one, other), 0) };
}

/** The number of the message in its key. */
function ordinalOf(key) {
  return Number(key.slice(key.lastIndexOf("-") + 1));
}

/** The instants for which messages were released that went, or may have gone. */
function promised(listing) {
  return listing.filter((message) => isPlanned(message) && message.status !== "skipped").map(({ planned_at }) => planned_at);
}

/** Whether its instant is known. Of one that was in doubt and whose receipt came, the receipt's is all that is known. */
function isPlanned({ planned_at, sent_at, status }) {
  return planned_at !== null && !(sent_at === null && ["sent", "delivered", "failed"].includes(status));
}

/** How far POSTs that are to be `gapMs` apart came ahead of that, at the worst. */
function aheadMs(posts, gapMs) {
  let worst = 0;
  let slowest = -Infinity;
  posts
    .map(({ atMs }) => atMs)
    .toSorted((one, other) => one - other)
    .forEach((atMs, index) => {
      const shifted = atMs - index * gapMs;
      slowest = Math.max(slowest, shifted);
      worst = Math.max(worst, slowest - shifted);
    });
  return worst;
}

function groupedBy(things, name) {
  const groups = new Map();
  for (const thing of things) {
    const group = groups.get(name(thing));
    if (group) group.push(thing);
    else groups.set(name(thing), [thing]);
  }
  return groups;
}

const unless = (holds, text) => (holds ? [] : [text]);
