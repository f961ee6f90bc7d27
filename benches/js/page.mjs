// The engine's module in a browser, beside what the language itself has there.
import { measure } from "./measure.mjs";
import { ours, withMemory } from "./ours.mjs";
import { plain } from "./peers/plain.mjs";

/**
 * The questions come from the server; what is found goes back to the script that drives the page, and
 * that has the CPU time of the page's process too: `cpuMs`.
 */
export async function run(options) {
  const questions = await (await fetch("/questions.json")).json();
  const { engine } = await load("speed");
  const subjects = [...ours(engine, questions), ...(await plain(questions))];
  const measured = await measure(subjects, { ...options, clock: cpuMs });
  return { version: navigator.userAgent.match(/Chrome\/\S+/)?.[0], measured: await withMemory(measured, load, questions) };
}

async function load(name) {
  const engine = await import(`/pkg/tidegate.js?${encodeURIComponent(name)}`);
  return { engine, memory: (await engine.default()).memory };
}
