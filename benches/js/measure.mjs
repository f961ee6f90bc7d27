// How long each subject takes: the median of several rounds, in each of which every subject of a row
// has its turn, so that whatever else the machine does is shared out among them.
import { digest } from "./subject.mjs";

/**
 * `clock` gives milliseconds, or a promise of them; `roundMs` is how long a subject is measured in a round, at least one
 * batch; `budgetMs` is after how long it gets no further rounds.
 */
export async function measure(subjects, { clock, rounds, roundMs, budgetMs }) {
  const rows = Map.groupBy(subjects, (subject) => subject.row);
  const found = [];
  for (const members of rows.values()) {
    const measured = [];
    for (const subject of members) measured.push({ subject, ...(await firstRound(subject, clock, roundMs)), samples: [] });
    for (let round = 0; round < rounds; round++) {
      for (const one of measured) {
        if (one.samples.length && one.spent > budgetMs) continue;
        const ms = await timed(one.subject, one.batches, clock);
        one.samples.push((ms * 1e6) / (one.batches * one.subject.operations));
        one.spent += ms;
      }
    }
    const ours = measured[0].subject.answers();
    found.push(...measured.map(({ subject, samples }) => ({ ...described(subject, ours), ns: median(samples), samples })));
  }
  return found;
}

/** Runs it until it is warm, and says how many batches make a round. What takes long is warm by itself. */
async function firstRound(subject, clock, roundMs) {
  let batches = 1;
  let ms = await timed(subject, batches, clock);
  let spent = ms;
  while (ms < roundMs / 2) {
    batches = Math.ceil(Math.min(batches * 10, (batches * roundMs) / Math.max(ms, 0.1)));
    ms = await timed(subject, batches, clock);
    spent += ms;
  }
  return { batches, spent };
}

let kept;
async function timed(subject, batches, clock) {
  const start = await clock();
  for (let batch = 0; batch < batches; batch++) kept = subject.batch();
  return (await clock()) - start;
}

/** Its answers beside ours. Whoever is slow may be asked the first of the questions only. */
function described({ row, kind, name, operations, answers, mostInADay }, ours) {
  const own = answers();
  const differ = own.reduce((count, answer, index) => count + (answer !== ours[index]), 0);
  return { row, kind, name, operations, answers: own.length, differ, digest: digest(own), most_in_a_day: mostInADay?.(own) };
}

export function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[sorted.length >> 1];
}
