/** What the page asks the engine where the answer may take longer than a frame: in a worker. */

import { type Advice, advise, countBefore, explain, type Instant, type PlanRequest, type Reason } from "../engine";
import { wallClock } from "../zone";
import { countedDays, type DayCount, drawPlan, type Picture } from "./picture";
import type { View } from "./sight";

/** The questions, as messages to the worker. */
export type Question =
  | { ask: "draw"; request: PlanRequest; own: number[]; zone: string; view: View }
  | { ask: "days"; request: PlanRequest; own: number[]; zone: string }
  | { ask: "advise"; request: PlanRequest; finish_by: Instant }
  | { ask: "why"; request: PlanRequest; from: Instant; to: Instant };

export interface Answers {
  draw: Picture;
  days: DayCount[];
  advise: Advice;
  /** What closed the pause, and how much was sent by then; null where nothing did. */
  why: Reason | null;
}

export type Kind = keyof Answers;

export function answer(question: Question): Answers[Kind] {
  const { request } = question;
  switch (question.ask) {
    case "draw":
      return drawPlan(request, question.own, question.zone, question.view, Infinity);
    case "days":
      return countedDays(request, question.own, wallClock(question.zone, request.now));
    case "advise":
      return advise(request, question.finish_by);
    case "why":
      return explain(request, countBefore(request, question.to)).set_by;
  }
}
