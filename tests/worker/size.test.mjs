// What the API costs in a team that is large, on the real runtime: rows read and written and queries, as D1
// counts them, of each list, file, report, count and choice. The team is asked at one size, grows, and is asked
// again by the same bounds. So whatever is not said to be so much for each person reads nothing that grows.
//
//     TIDEGATE_SCALE=10 node --test tests/worker/size.test.mjs     a million people, ten million messages
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startTidegate } from "./harness.mjs";
import { LARGE_ID, addressOf, grow } from "./size.mjs";

const SCALE = Number(process.env.TIDEGATE_SCALE ?? 1);
const NOTHING = { contacts: 0, people: 0, large: 0, small: 0, singles: 0 };
const FIRST = { contacts: 30_000, people: 30_000, large: 1, small: 12_000, singles: 12_000 };
const THEN = { contacts: 99_000 * SCALE, people: 100_000 * SCALE, large: SCALE, small: 15_000 * SCALE, singles: 15_000 * SCALE };

/** What an invocation may ask of D1. */
const QUERIES_MOST = 1_000;

const EVER = "from=1970-01-01T00:00:00Z&to=2030-01-01T00:00:00Z";
const ADA = `conversations/sms/${encodeURIComponent(addressOf(7))}`;

/** Messages that one file holds, and that one answer of a report reads, at most. */
const IN_A_FILE = 500_000;
const IN_A_REPORT = 1_000_000;
/** Messages that a listing by marks looks at, at most. */
const MARKS_MOST = 250_000;
/** Steps of an erasure's search in one go, each of which writes how far it is. */
const ERASURE_STEPS = 120;
const inAFile = ({ people }) => Math.min(people, IN_A_FILE);
const inAReport = ({ people, large, small, singles }) => Math.min(people * large + small + singles, IN_A_REPORT);

/** What is asked, and the most rows that it reads at either size. */
const READS = [
  // A page, or what is one row.
  ["campaigns", 2_000],
  ["campaigns?sort=start", 2_000],
  ["campaigns?kind=single", 2_000],
  [`campaigns/${LARGE_ID}`, 50],
  [`campaigns/${LARGE_ID}/lists`, 50],
  [`campaigns/${LARGE_ID}/cost`, 50],
  [`campaigns/${LARGE_ID}/replies`, 50],
  [`campaigns/${LARGE_ID}/resends`, 50],
  ["opt-outs", 300],
  ["opt-outs?channel=sms&address=%2B3370000", 100],
  ["opt-outs/sms/%2B33700000007", 50],
  ["opt-outs/lifted", 100],
  ["contacts", 300],
  ["contacts?text=ada%20000007", 300],
  ["contacts?text=nobody", 50],
  ["contacts?text=%2B336000", 300],
  ["contacts?tags=all&accounts=North", 500],
  ["contacts?tags=rare", 500],
  ["contacts/con_000000007", 50],
  ["contacts/duplicates", 600],
  ["contacts/imports", 50],
  ["tags", 50],
  ["accounts", 50],
  ["conversations", 300],
  [ADA, 50],
  ["inbound?review=open", 300],
  ["reviews", 2_000],
  ["audit", 300],
  ["words", 50],
  ["dead-letters", 50],
  ["sandbox/messages", 50],
  ["me/goals", 50],
  // What few or none are: as many as may be looked at.
  ["campaigns?status=paused", 150_000],
  ["campaigns?text=nothing", 150_000],
  ["campaigns?file_name=nothing", 150_000],
  ["campaigns?channel=email", 150_000],
  ["campaigns?from=1970-01-01T01:00:00Z&to=1970-01-01T01:01:00Z&sort=start", 3_000],
  ["messages", 40_000],
  ["messages?kind=single&status=failed", 40_000],
  ["messages?channel=email", 200_000],
  ["opt-outs?source=import", 150_000],
  ["contacts?channel=email", 100_000],
  ["contacts?opted_out=true", 100_000],
  ["contacts?time_zone=Asia/Tokyo", 100_000],
  ["conversations?state=closed", 150_000],
  ["conversations?channel=email", 150_000],
  ["audit?what=nothing", 30_000],
  ["audit?subject=con_000000007", 30_000],
  ["reports?from=1970-01-01T01:00:00Z&to=1970-01-01T02:00:00Z", 50_000],
  // A page of a campaign's messages, and samples of them.
  [`campaigns/${LARGE_ID}/messages`, 10_000],
  [`campaigns/${LARGE_ID}/messages?status=failed`, 20_000],
  [`campaigns/${LARGE_ID}/messages?marks=opened`, 10_000],
  [`campaigns/${LARGE_ID}/left-out`, 30_000],
  [`campaigns/${LARGE_ID}/bad-addresses`, 20_000],
  [`campaigns/${LARGE_ID}/estimate`, 1_000],
  [`campaigns/${LARGE_ID}/problems`, 1_000],
  [`campaigns/${LARGE_ID}/messages?marks=clicked`, ({ people }) => 0.6 * Math.min(people, MARKS_MOST)],
  // So many rows a message, because all are looked at.
  [`campaigns/${LARGE_ID}/messages?status=queued`, ({ people }) => 1.1 * people],
  [`campaigns/${LARGE_ID}/lists/list_large_0`, ({ people }) => 2.1 * people],
  [`campaigns/${LARGE_ID}/report`, ({ people }) => 3.1 * people],
  [`campaigns/${LARGE_ID}/report.csv`, ({ people }) => 3.1 * people],
  [`campaigns/${LARGE_ID}/pace`, ({ people }) => 5.1 * people],
  [`campaigns/${LARGE_ID}/messages/export`, (size) => 1.7 * inAFile(size)],
  [`campaigns/${LARGE_ID}/messages/export?status=failed`, (size) => 1.5 * inAFile(size)],
  [`campaigns/${LARGE_ID}/bad-addresses.csv`, ({ people }) => 1.5 * people],
  ["messages/export?status=failed", 1_500_000],
  ["messages/export?kind=single", 1_500_000],
  ["opt-outs/export", ({ contacts }) => 1.1 * contacts],
  ["contacts/export", ({ contacts }) => 3.1 * contacts],
  [`reports?${EVER}`, (size) => 15 * inAReport(size)],
  [`reports?${EVER}&by=campaign`, 10_000],
  [`reports.csv?${EVER}&by=channel`, (size) => 15 * inAReport(size)],
];

describe("what the API costs in a large team", () => {
  let tidegate;
  let sender;
  before(async () => {
    tidegate = await startTidegate({ counts: true });
    await done("POST", "senders", { name: "Shop", channel: "sms", provider: { kind: "sandbox" }, policy: {} });
    sender = await tidegate.db.prepare("SELECT seq, id FROM senders").first();
  });
  after(() => tidegate.stop());

  /** What an answer was, and what it cost. */
  async function done(method, path, body, options) {
    await tidegate.tallies();
    const answer = await tidegate.api(method, `/api/v1/${path}`, body, options);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 500)}`);
    const own = (await tidegate.tallies()).find(({ what }) => what.startsWith(`${method} /api`));
    return { ...own, body: answer.body };
  }

  let has = NOTHING;
  for (const size of [FIRST, THEN]) {
    test(JSON.stringify(size), async (t) => {
      await grow(tidegate.db, sender, has, size);
      has = size;
      const over = [];
      const hold = (what, { read, written, queries }, most) => {
        t.diagnostic(`${what}: ${read} read, ${written} written, ${queries} queries`);
        const rows = (bound) => (typeof bound === "function" ? bound(size) : (bound ?? 0));
        if (read > rows(most.read)) over.push(`${what} reads ${read} rows, and may read ${rows(most.read)}`);
        if (written > rows(most.written)) over.push(`${what} writes ${written} rows, and may write ${rows(most.written)}`);
        if (queries > QUERIES_MOST) over.push(`${what} takes ${queries} queries`);
      };
      for (const [path, read] of READS) {
        hold(path, await done("GET", path), { read });
      }
      // The first of all makes a key of the deployment's.
      hold(`${ADA}/messages`, await done("GET", `${ADA}/messages`), { read: 10_000, written: 2 });
      await writes(hold, size);
      assert.deepEqual(over, []);
    });
  }

  /** Choosing, sending again, files on their way in, one person: each with what it may read and write. */
  async function writes(hold, { contacts }) {
    const round = contacts;
    const csv = { headers: { "content-type": "text/csv" } };
    const numbers = (first, count) => Array.from({ length: count }, (_, n) => `+3364${String(first + n).padStart(7, "0")}`);

    const draft = async (text) => (await done("POST", "campaigns", { name: "Sale", sender_id: sender.id, content: { text } })).body.id;
    const campaign = await draft("Hi");
    const everybody = { all: true };
    const choose = `campaigns/${campaign}/recipients`;
    hold("count everybody", await done("POST", `${choose}/count`, everybody), { read: (size) => 8 * size.contacts });
    hold("count a rare tag", await done("POST", `${choose}/count`, { tags: ["rare"] }), { read: 500 });
    const chosen = await done("POST", `${choose}/selection`, everybody);
    assert.ok(chosen.body.accepted >= contacts);
    hold("choose everybody", chosen, { read: (size) => 10 * size.contacts, written: (size) => 0.05 * size.contacts + 100 });

    for (const to of ["not_opened", "not_clicked", "failed", "left_out"]) {
      const count = await done("POST", `campaigns/${LARGE_ID}/resends/count`, { to });
      hold(`count ${to}`, count, { read: ({ people }) => 3.1 * people });
    }
    const again = await done("POST", `campaigns/${LARGE_ID}/resends`, { to: "not_opened" });
    hold("send again", again, { read: ({ people }) => 8 * Math.min(people, 600_000), written: ({ people }) => 0.02 * people + 300 });

    const held = await draft("The casino calls");
    await done("POST", `campaigns/${held}/recipients/selection`, { tags: ["rare"] });
    hold("forbid a word", await done("POST", "words", { kind: "word", value: "casino" }), { read: 100, written: 20 });
    const { version } = (await done("GET", `campaigns/${held}`)).body;
    hold("schedule what has it", await done("POST", `campaigns/${held}/schedule`, { version }), { read: 1_000, written: 30 });
    const [review] = (await done("GET", "reviews")).body.items;
    hold("clear it", await done("POST", `reviews/${review.id}/clear`), { read: 1_000, written: 40 });

    const people = numbers(round, 2_000);
    const file = `sms,name,tags\n${people.map((to, n) => `${to},Zoe ${n},new\n`).join("")}`;
    const imported = await done("POST", "contacts/import?file_name=new.csv", file, csv);
    assert.deepEqual([imported.body.status, imported.body.created], ["done", 2_000]);
    hold("2,000 new contacts", imported, { read: 60_000, written: 30_000 });
    hold("and again", await done("POST", "contacts/import?file_name=new.csv", file, csv), { read: 30_000, written: 50 });
    const refusals = `phone\n${people.map((to) => `${to}\n`).join("")}`;
    const listed = await done("POST", "opt-outs/import?file_name=stop.csv&channel=sms", refusals, csv);
    hold("2,000 new opt-outs", listed, { read: 30_000, written: 10_000 });
    const { body } = await done("POST", "contacts", { addresses: [{ channel: "sms", address: numbers(round + 5_000, 1)[0] }] });
    hold("change a contact", await done("PATCH", `contacts/${body.id}`, { tags: ["new"] }), { read: 100, written: 30 });
    hold("erase a person", await done("POST", "erasures", { contact_id: body.id }), { read: ({ small, singles, people }) => 35 * (small + singles) + people, written: ERASURE_STEPS + 20 });
  }
});
