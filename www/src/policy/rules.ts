/** What the parts of a policy form share: where problems are, and which rule is pointed at. */

import { getContext, setContext } from "svelte";

export interface Rules {
  /** What is wrong with the field at this path, if anything is. */
  problem(path: string): string | undefined;
  /** What is wrong with the field or anything inside it. */
  problemWithin(path: string): string | undefined;
  /** What the rule at this gate does right now, where that is known. */
  now(gate: string): string;
  /** True while a pause that this gate causes is pointed at. */
  lit(gate: string): boolean;
}

const KEY = Symbol("rules");

export const shareRules = (rules: Rules): Rules => setContext(KEY, rules);
export const rules = (): Rules => getContext<Rules>(KEY);
