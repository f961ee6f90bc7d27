/** Files of people on their way into a draft, one after the other. One whose columns are not clear waits to be told. */

import { Refused, sentenceOf } from "../api/client";
import type { Channel, RejectedRow } from "../api/types";
import { type Column, columnsOf } from "../contacts/csv-head";
import type { Draft } from "./draft.svelte";

/** Lets the server look for the time zones; an empty name has it look for none. */
const BY_ITSELF = null;

export interface Waiting {
  file: File;
  columns: Column[];
  /** Whose addresses are taken. */
  column: string;
  /** Whose time zones are taken. */
  zones: string | null;
  /** Whether somebody has to say which column is which. */
  asks: boolean;
  /** Whether somebody has said it. */
  told: boolean;
  problem: string | null;
}

/** The rows of one file that were not taken. */
export interface Rejected {
  name: string;
  rows: RejectedRow[];
  total: number;
}

export class PeopleFiles {
  waiting = $state<Waiting[]>([]);
  rejected = $state.raw<Rejected[]>([]);
  failure = $state<string | null>(null);
  readonly #draft: Draft;
  #going = false;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  async take(files: Iterable<File>, channel: Channel): Promise<void> {
    this.failure = null;
    for (const file of files) {
      const columns = await columnsOf(file).catch(() => []);
      const known = columns.filter(({ holds }) => holds === channel || (channel === "whatsapp" && holds === "sms"));
      const column = (known[0] ?? columns[0])?.heading ?? "";
      // With two columns of numbers, the first is not always the one that is meant.
      this.waiting.push({ file, columns, column, zones: BY_ITSELF, asks: known.length > 1, told: false, problem: null });
    }
    await this.#go();
  }

  /** Goes on with a file, now that its columns are said. */
  async told(waiting: Waiting): Promise<void> {
    Object.assign(waiting, { asks: false, told: true, problem: null });
    await this.#go();
  }

  drop(waiting: Waiting): void {
    this.waiting = this.waiting.filter((other) => other !== waiting);
  }

  /** Until only those are left that ask. */
  async #go(): Promise<void> {
    if (this.#going) return;
    this.#going = true;
    for (let next = this.#next(); next; next = this.#next()) await this.#send(next);
    this.#going = false;
  }

  #next = () => this.waiting.find(({ asks }) => !asks);

  async #send(one: Waiting): Promise<void> {
    try {
      const zones = one.zones === BY_ITSELF ? {} : { time_zone_column: one.zones };
      const { rejected, rejected_total } = await this.#draft.upload(one.file, one.told ? { column: one.column, ...zones } : {});
      if (rejected_total > 0) this.rejected = [...this.rejected, { name: one.file.name, rows: rejected, total: rejected_total }];
      this.drop(one);
    } catch (cause) {
      const unclear = cause instanceof Refused ? (cause.at("column") ?? cause.at("time_zone_column")) : undefined;
      if (unclear !== undefined && one.columns.length > 0) [one.asks, one.problem] = [true, unclear];
      else {
        this.failure = `${one.file.name}: ${sentenceOf(cause)}`;
        this.drop(one);
      }
    }
  }
}
