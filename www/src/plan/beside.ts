/** Asks the worker: one question of a kind at a time, and only the latest of those that wait. */

import type { Answers, Kind, Question } from "./desk";

interface Turn {
  question: Question;
  settle: (answer: Answers[Kind] | null) => void;
  refuse: (cause: Error) => void;
}

type Reply = { id: number; answer: Answers[Kind] } | { id: number; failure: string };

/** Made when first asked: a page with short plans never needs them. Advice takes its time, and has one to itself. */
const workers = new Map<"plans" | "advice", Worker>();
const under = new Map<number, Turn>();
const waiting = new Map<Kind, Turn>();
let last = 0;

/** The answer, or null where a later question of the same kind took its place. */
export function beside<K extends Kind>(question: Question & { ask: K }): Promise<Answers[K] | null> {
  return new Promise((resolve, reject) => {
    const turn: Turn = { question, settle: (answer) => resolve(answer as Answers[K] | null), refuse: reject };
    if ([...under.values()].some((other) => other.question.ask === question.ask)) {
      waiting.get(question.ask)?.settle(null);
      waiting.set(question.ask, turn);
    } else {
      send(turn);
    }
  });
}

function send(turn: Turn): void {
  const desk = turn.question.ask === "advise" ? "advice" : "plans";
  const worker = workers.get(desk) ?? open();
  workers.set(desk, worker);
  last += 1;
  under.set(last, turn);
  worker.postMessage({ id: last, question: turn.question });
}

function open(): Worker {
  const made = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  made.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
    const turn = under.get(data.id);
    under.delete(data.id);
    if (!turn) return;
    const next = waiting.get(turn.question.ask);
    waiting.delete(turn.question.ask);
    if (next) send(next);
    if ("failure" in data) turn.refuse(new Error(data.failure));
    else turn.settle(data.answer);
  });
  made.addEventListener("error", () => {
    for (const turn of [...under.values(), ...waiting.values()]) turn.refuse(new Error("the plan could not be made"));
    under.clear();
    waiting.clear();
    workers.clear();
  });
  return made;
}
