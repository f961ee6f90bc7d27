/** Takes back what was done in a form: a press of a button, a drag, or what was typed between two pauses. */

/** Letters typed closer together than this are one change. */
const TOGETHER_MS = 700;
const MOST = 100;

/** Made while a component starts. `read` gives what may be taken back, `put` puts it in place. */
export class Undo<T> {
  readonly #read: () => T;
  readonly #put: (value: T) => void;
  #past = $state.raw<string[]>([]);
  #future = $state.raw<string[]>([]);
  #now: string | null = null;
  #changed_ms = 0;

  constructor(read: () => T, put: (value: T) => void) {
    this.#read = read;
    this.#put = put;
    $effect(() => this.#look(JSON.stringify(this.#read())));
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  /** Forgets what was: as after a form was filled from the server. */
  start(): void {
    this.#now = null;
    this.#past = this.#future = [];
  }

  undo(): void {
    this.#move("#past");
  }

  redo(): void {
    this.#move("#future");
  }

  #move(from: "#past" | "#future"): void {
    const list = from === "#past" ? this.#past : this.#future;
    const wanted = list.at(-1);
    if (wanted === undefined || this.#now === null) return;
    const now = this.#now;
    if (from === "#past") [this.#past, this.#future] = [list.slice(0, -1), [...this.#future, now]];
    else [this.#future, this.#past] = [list.slice(0, -1), [...this.#past, now]];
    this.#now = wanted;
    this.#changed_ms = 0;
    this.#put(JSON.parse(wanted) as T);
  }

  #look(text: string): void {
    const before = this.#now;
    if (text === before) return;
    this.#now = text;
    if (before === null) return;
    const at = performance.now();
    if (at - this.#changed_ms > TOGETHER_MS || !isTyping()) this.#past = [...this.#past, before].slice(-MOST);
    this.#changed_ms = at;
    if (this.#future.length > 0) this.#future = [];
  }
}

const isTyping = () => document.activeElement?.matches("input, textarea") ?? false;

/** Ctrl+Z and Ctrl+Shift+Z, where the field in focus has no undo of its own. */
export function undoKeys(event: KeyboardEvent, undo: Pick<Undo<unknown>, "undo" | "redo">): void {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
  const field = event.target as HTMLElement | null;
  if (field?.closest("input[type=text], input[type=number], input:not([type]), textarea, [contenteditable=true]")) return;
  event.preventDefault();
  if (event.shiftKey) undo.redo();
  else undo.undo();
}
