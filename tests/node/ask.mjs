// Puts questions to an engine and writes its answers down. It runs in Node, in a page and in a
// Worker, so it is plain JavaScript without imports.

/** What each call `[name, ...arguments]` answers, or is refused with, as text. */
export function ask(engine, questions) {
  return questions.map(([name, ...args]) => {
    try {
      const answer = engine[name](...args);
      return JSON.stringify(ArrayBuffer.isView(answer) ? [...answer] : answer);
    } catch (refusal) {
      if (!refusal.problems) throw refusal;
      return JSON.stringify({ refused: refusal.message, problems: refusal.problems });
    }
  });
}
