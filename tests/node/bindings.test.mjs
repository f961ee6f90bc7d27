// What crosses into JavaScript beside plans and decisions, which tests/cases has in plenty.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inRoot } from "../../scripts/root.mjs";

const engine = await import("../../pkg/tidegate.js");
engine.initSync({ module: readFileSync(inRoot("pkg", "tidegate_bg.wasm")) });

const late = {
  layers: [
    {
      name: "sender",
      policy: {
        windows: [{ from: "09:00", to: "17:00" }],
        limits: [{ max: 200, calendar: "day" }],
        gap: "1m",
      },
    },
  ],
  now: "2026-11-23T09:00:00Z",
  count: 1000,
  finish_by: "2026-11-26T17:00:00Z",
};

/** The paths of the problems with which a call is refused. */
function problemsOf(call) {
  try {
    call();
  } catch (refusal) {
    assert.ok(refusal instanceof Error && refusal.message.length > 0);
    return refusal.problems.map(({ path, code, message }) => {
      assert.ok(message.length > 0);
      return [path, code];
    });
  }
  return assert.fail("it was not refused");
}

test("advice names the change that is enough, and what is not", () => {
  const { enough, finishes, advice, none, untried } = engine.advise(late);
  assert.deepEqual([enough, untried], [false, 0]);
  assert.equal(finishes, Date.parse("2026-11-27T12:19:00Z"));
  assert.deepEqual(advice, [
    {
      knob: "limits[0].max",
      layer: "sender",
      paths: ["layers[0].policy.limits[0].max"],
      from: 200,
      to: 250,
      text: "250 a day instead of 200 would finish at Thu 26 Nov 13:09",
      finishes: Date.parse("2026-11-26T13:09:00Z"),
    },
  ]);
  assert.deepEqual(none.map(({ knob }) => knob), ["gap", "windows[0].from", "windows[0].to"]);
});

test("the advice, followed, is enough", () => {
  const followed = structuredClone(late);
  const [{ paths, to }] = engine.advise(late).advice;
  for (const path of paths) write(followed, path, to);
  assert.equal(engine.advise(followed).enough, true);
});

test("a request for advice is refused with every problem", () => {
  const { finish_by, ...rest } = late;
  assert.deepEqual(problemsOf(() => engine.advise({ ...rest, count: -1, until: finish_by })), [
    ["count", "out_of_bounds"],
    ["until", "conflict"],
    ["finish_by", "missing"],
  ]);
});

test("a shipped lexicon has a word for the facts", () => {
  const facts = { status: "in_progress", total: 9 };
  const words = [facts, { ...facts, sent: 1 }, { ...facts, sent: 1, delivered: 1 }].map(
    (true_of_it) => engine.label("delivery_tracking", true_of_it).word,
  );
  assert.deepEqual(words, ["Sending...", "Sent", "Delivered"]);
});

test("a reason of a decision says what something waits for", () => {
  const policy = { blocked: [{ from: "22:00", to: "06:00" }] };
  const { because } = engine.decide({ layers: [{ name: "team", policy }], now: "2026-11-23T23:00:00Z" });
  const [{ code: waiting, layer: waiting_layer }] = because;
  assert.equal(engine.label("sent_messages", { status: "scheduled", waiting, waiting_layer }).word, "Blocked Time");
});

test("a lexicon of one's own is read, and the engine's words hold where it has none", () => {
  const lexicon = {
    name: "Ours",
    campaign: {
      words: [
        { word: "Not yet", group: "Open", meaning: "It has not begun." },
        { word: "Begun", meaning: "It has.", tone: "sent" },
      ],
      rules: [{ when: { status: ["draft", "scheduled"] }, word: "Not yet" }, { word: "Begun" }],
    },
  };
  assert.deepEqual(engine.label(lexicon, { status: "draft" }), {
    word: "Not yet",
    group: "Open",
    meaning: "It has not begun.",
    tone: null,
  });
  assert.deepEqual(engine.words(lexicon, "campaign").map(({ word }) => word), ["Not yet", "Begun"]);
  assert.deepEqual(engine.words(lexicon, "message"), engine.words("canonical", "message"));
  for (const word of ["Not yet", "Open"]) {
    assert.deepEqual(engine.matching(lexicon, "campaign", word), {
      statuses: ["draft", "scheduled"],
      any: [{ status: ["draft", "scheduled"] }],
    });
  }
});

test("what is wrong with a lexicon, its facts, the machine and the word is told at once", () => {
  assert.deepEqual(problemsOf(() => engine.label("ours", { status: "lost" })), [
    ["lexicon", "malformed"],
    ["facts.status", "malformed"],
  ]);
  assert.deepEqual(problemsOf(() => engine.words({ name: "Ours", colour: "red" }, "list")), [
    ["lexicon.colour", "unknown_field"],
    ["machine", "malformed"],
  ]);
  assert.deepEqual(problemsOf(() => engine.matching("canonical", "campaign", "Gone")), [["word", "malformed"]]);
});

/** Sets what a path such as `layers[0].policy.gap` leads to. */
function write(document, path, value) {
  const steps = path.match(/[^.[\]]+/g);
  const last = steps.pop();
  steps.reduce((parent, step) => parent[step], document)[last] = value;
}

test("runs cross as numbers, four each", () => {
  const request = {
    shared: [{ policy: { gap: "1m" } }],
    lanes: [{ count: 2 }, { count: 1 }],
    now: "2026-11-23T09:00:00Z",
  };
  const nine = Date.parse(request.now);
  assert.deepEqual([...engine.planRuns(request)], [0, nine, 2, 60_000, 1, nine + 120_000, 1, 0]);
  assert.deepEqual(problemsOf(() => engine.planRuns({ ...request, lanes: 5 })), [["lanes", "wrong_type"]]);
});

test("a timetable answers often", () => {
  const layers = [{ policy: { time_zone: "Europe/Paris", windows: [{ days: ["mon", "tue"], from: "09:00", to: "17:00" }] } }];
  const table = new engine.Timetable({ layers, from: "2026-11-23T00:00:00Z", until: "2026-11-28T00:00:00Z" });
  const [monday, tuesday] = ["2026-11-23T08:00:00Z", "2026-11-24T08:00:00Z"].map(Date.parse);
  const HOURS = 3_600_000;
  assert.deepEqual([...table.openings()], [monday, monday + 8 * HOURS, tuesday, tuesday + 8 * HOURS]);
  assert.deepEqual([monday - 1, monday, monday + 0.5, monday + 8 * HOURS].map((at) => table.isOpen(at)), [false, true, true, false]);
  assert.equal(table.nextOpening(monday + 8 * HOURS), tuesday);
  assert.equal(table.nextOpening(tuesday + 8 * HOURS), undefined);
  for (const at of [NaN, Infinity, -Infinity, 1e300]) assert.equal(table.isOpen(at), false);
  table.free();
});

test("a timetable without a stretch is refused", () => {
  const spoiled = { layers: [{ policy: { gap: 5 } }], from: "2026-11-23T00:00:00Z" };
  assert.deepEqual(problemsOf(() => new engine.Timetable(spoiled)), [["layers[0].policy.gap", "wrong_type"], ["until", "missing"]]);
  const long = { from: "2026-01-01T00:00:00Z", until: "2029-01-01T00:00:00Z" };
  assert.deepEqual(problemsOf(() => new engine.Timetable(long)), [["until", "out_of_bounds"]]);
});

test("more instants than memory holds are refused", () => {
  const many = { layers: [], now: "2026-11-23T09:00:00Z", count: 300_000_000 };
  assert.deepEqual(problemsOf(() => engine.planTimes(many)), [["count", "out_of_bounds"]]);
  assert.equal(engine.plan(many).planned, 300_000_000);
});
