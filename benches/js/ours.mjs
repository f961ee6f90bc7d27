// The engine, asked through its module.
import { each, once, sending, stream } from "./subject.mjs";

const DAY_MS = 86_400_000;

/** A plan, and more or less of it told: the work, and every instant of the answer if it has them. */
const WAYS = {
  "tidegate planRuns": { work: (engine, request) => engine.planRuns(request), instants: ofRuns },
  "tidegate plan": { work: (engine, request) => engine.plan(request), instants: ({ runs }) => ofRuns(runs.flatMap(numbers)) },
  "tidegate plan, one week listed": { work: (engine, request) => engine.plan({ ...request, detail: firstWeek(request) }) },
  "tidegate planTimes": { work: (engine, request) => engine.planTimes(request), instants: (times) => times },
};

export function ours(engine, { plans, timetable, open, weekly, sends, triggers }) {
  const planned = plans.flatMap(({ name, request }) =>
    Object.entries(WAYS).map(([way, { work, instants = () => [] }]) =>
      once(`plan ${name}`, "ours", way, () => work(engine, request), instants),
    ),
  );
  let last;
  const fresh = () => {
    // Nobody else frees the module's memory while this runs.
    last?.free();
    return (last = new engine.Timetable({ layers: open.layers, ...timetable }));
  };
  const made = once("make a timetable", "ours", "tidegate Timetable", fresh, (made) => [...made.openings()]);
  const opened = [["", open.layers], [", weekly", weekly.layers]].flatMap(([which, layers]) => {
    const table = new engine.Timetable({ layers, ...timetable });
    return [
      each(`open now${which}`, "ours", "tidegate Timetable", open.at, (now) => +table.isOpen(now)),
      each(`open now${which}`, "ours", "tidegate decide", open.at, (now) => +(engine.decide({ layers, now }).verdict === "send")),
      each(`next opening${which}`, "ours", "tidegate Timetable", open.at, (now) => table.nextOpening(now) ?? Infinity),
      each(`next opening${which}`, "ours", "tidegate decide", open.at, (now) => next(engine.decide({ layers, now }), now)),
    ];
  });
  const sent = sends.map((asked) =>
    sending("ours", "tidegate decide", asked, () => [], (history, now) => {
      const decision = engine.decide({ layers: [{ policy: asked.policy, history }], now });
      if (decision.verdict === "send") {
        if (history[0] <= now - DAY_MS) history.shift();
        history.push(now);
      }
      return next(decision, now);
    }),
  );
  const statuses = engine.statuses("message");
  const changed = stream("status change", "ours", "tidegate transition", triggers, () => ({ status: "queued" }), (message, trigger) => {
    message.status = engine.transition("message", message.status, trigger).status ?? message.status;
    return statuses.indexOf(message.status);
  });
  return [...planned, made, ...opened, ...sent, changed];
}

const firstWeek = ({ now }) => ({ from: now, until: now + 7 * DAY_MS });

const numbers = ({ lane, start, count, every }) => [lane, start, count, every];

/** Each message of runs as `planRuns` gives them. */
function ofRuns(runs) {
  const times = [];
  for (let run = 0; run < runs.length; run += 4) {
    const [, start, count, every] = runs.slice(run, run + 4);
    for (let message = 0; message < count; message++) times.push(start + message * every);
  }
  return times;
}

function next({ verdict, until }, now) {
  if (verdict === "send") return now;
  return verdict === "wait" ? until : Infinity;
}

/** Adds to what was measured by how many bytes a fresh module's memory grows while it plans. */
export async function withMemory(measured, load, { plans }) {
  const grown = new Map();
  for (const { name, request } of plans) {
    for (const [way, { work }] of Object.entries(WAYS)) {
      const { engine, memory } = await load(`${name} ${way}`);
      const before = memory.buffer.byteLength;
      work(engine, request);
      grown.set(`plan ${name}/${way}`, memory.buffer.byteLength - before);
    }
  }
  return measured.map((one) => ({ ...one, bytes: grown.get(`${one.row}/${one.name}`) }));
}
