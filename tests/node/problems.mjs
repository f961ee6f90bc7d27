// What an answer holds against what was asked, however the function says so.

/** The problems in what the function of that name answered, as `ask` writes it down; none if it took what was asked. */
export function problemsIn(name, answer) {
  if (name === "checkPolicy") return answer;
  // `transition` never throws: facts that cannot be read are a refusal like any other.
  if (name === "transition" && answer.why?.startsWith("`facts.")) return [{ path: "facts", code: "wrong_type", message: answer.why }];
  return answer.problems ?? [];
}
