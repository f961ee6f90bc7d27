// The engine's module and its peers in Node: `node node.mjs <questions> <options as JSON> <results>`.
import { readFileSync, writeFileSync } from "node:fs";
import { measure } from "./measure.mjs";
import { ours, withMemory } from "./ours.mjs";
import { libraries } from "./peers/libraries.mjs";
import { plain } from "./peers/plain.mjs";

const [questionsFile, options, resultsFile] = process.argv.slice(2);
const questions = JSON.parse(readFileSync(questionsFile, "utf8"));
const wasm = new WebAssembly.Module(readFileSync(new URL("../../pkg/tidegate_bg.wasm", import.meta.url)));

const { engine } = await load("speed");
const subjects = [...ours(engine, questions), ...(await plain(questions)), ...(await libraries(engine, questions))];
const measured = await measure(subjects, {
  ...JSON.parse(options),
  // All threads: what collects garbage and compiles is part of what it costs.
  clock: () => process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000,
});
const found = { version: process.version, measured: await withMemory(measured, load, questions) };
writeFileSync(resultsFile, JSON.stringify(found));

/** An instance of its own, with a memory of its own. */
async function load(name) {
  const engine = await import(`../../pkg/tidegate.js?${encodeURIComponent(name)}`);
  return { engine, memory: engine.initSync({ module: wasm }).memory };
}
