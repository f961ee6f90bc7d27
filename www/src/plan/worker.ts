/** The engine a second time, beside the page: what takes long there holds up no keystroke. */

import { loadEngine } from "../engine";
import { answer, type Question } from "./desk";

const ready = loadEngine();

addEventListener("message", async ({ data }: MessageEvent<{ id: number; question: Question }>) => {
  const { id, question } = data;
  try {
    await ready;
    postMessage({ id, answer: answer(question) });
  } catch (cause) {
    postMessage({ id, failure: cause instanceof Error ? cause.message : String(cause) });
  }
});
