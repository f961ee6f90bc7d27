// One short line on what is being done, with the time since the command began.
//
// The beginning is handed to child processes, so that a script which starts another one on a
// newer Node goes on counting from the same instant.
const began = Number(process.env.TIDEGATE_BEGAN_MS || Date.now());
process.env.TIDEGATE_BEGAN_MS = String(began);

export function say(text) {
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.log(`${seconds.padStart(6)} s  ${text}`);
}

/** Says what is wrong in one line and ends the process. */
export function giveUp(text) {
  console.error(`tidegate: ${text}`);
  process.exit(1);
}
