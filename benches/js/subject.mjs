// Someone with a question: the engine or a peer. A row is a question that several are asked.
//
// `kind` is "ours", "peer", or "bound" for code that knows this one question and no other rule.

const DAY_MS = 86_400_000;

/** One question whose answer does not depend on the ones before. */
export function each(row, kind, name, asked, question) {
  return stream(row, kind, name, asked, () => undefined, (_, one) => question(one));
}

/** Questions one after the other, the answers to which are remembered in what `start` makes. */
export function stream(row, kind, name, asked, start, step) {
  return {
    row,
    kind,
    name,
    operations: asked.length,
    batch() {
      const state = start();
      let sum = 0;
      for (let index = 0; index < asked.length; index++) sum += step(state, asked[index]);
      return sum;
    },
    answers() {
      const state = start();
      return asked.map((one) => step(state, one));
    },
  };
}

/** Whether one may send, asked by someone who then does. An answer is the instant itself, or a later one. */
export function sending(kind, name, { row, at }, start, step) {
  const mostInADay = (answers) => {
    const sent = at.filter((t, index) => answers[index] === t);
    let first = 0;
    return sent.reduce((most, t, index) => {
      while (sent[first] + DAY_MS <= t) first++;
      return Math.max(most, index + 1 - first);
    }, 0);
  };
  return { ...stream(row, kind, name, at, start, step), mostInADay };
}

/** A question that is one batch by itself. Its last answer is kept, for some take a minute. */
export function once(row, kind, name, work, answersOf = (answer) => answer) {
  let last;
  return {
    row,
    kind,
    name,
    operations: 1,
    batch: () => (last = work()),
    answers: () => answersOf(last ?? work()),
  };
}

/** A number for all answers, for comparison with those given natively. */
export function digest(answers) {
  let digest = 0;
  for (const answer of answers) digest = (Math.imul(digest, 31) + (answer >>> 0)) >>> 0;
  return digest;
}
