// The engine, asked through its module.
import { each, once, sending, stream } from "./subject.mjs";

const DAY_MS = 86_400_000;

export function ours(engine, { plans, open, weekly, sends, triggers }) {
  const planned = plans.flatMap(({ name, request }) => {
    const row = `plan ${name}`;
    return [
      once(row, "ours", "tidegate plan", () => engine.plan(request), () => engine.planTimes(request)),
      once(row, "ours", "tidegate planTimes", () => engine.planTimes(request)),
    ];
  });
  const opened = [["", open.layers], [", weekly", weekly.layers]].flatMap(([which, layers]) => [
    each(`open now${which}`, "ours", "tidegate decide", open.at, (now) => +(engine.decide({ layers, now }).verdict === "send")),
    each(`next opening${which}`, "ours", "tidegate decide", open.at, (now) => next(engine.decide({ layers, now }), now)),
  ]);
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
  return [...planned, ...opened, ...sent, changed];
}

function next({ verdict, until }, now) {
  if (verdict === "send") return now;
  return verdict === "wait" ? until : Infinity;
}

/** The bytes by which a fresh module's memory grows while it plans, and what it has in the end. */
export async function memory(load, { plans }) {
  const found = {};
  for (const { name, request } of plans) {
    for (const asked of ["plan", "planTimes"]) {
      const { engine, memory } = await load(`${name}-${asked}`);
      const before = memory.buffer.byteLength;
      engine[asked](request);
      found[`plan ${name}, ${asked}`] = { grown: memory.buffer.byteLength - before, all: memory.buffer.byteLength };
    }
  }
  return found;
}
