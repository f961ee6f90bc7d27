/**
 * A campaign while it is composed, kept in step with the server as it is typed. One that is scheduled is saved when
 * somebody says so: what was promised is planned anew each time.
 */

import { api, Refused, sentenceOf, uploadPeople } from "../api/api";
import { contacts } from "../api/people";
import type { Defaults } from "../api/team";
import type { Campaign, Channel, Lateness, Schemas, Selection, Tracking, Upload } from "../api/types";
import { checkPolicy, type Instant, type LanePlan, type Policy, type Problem } from "../engine";
import { people, stamp } from "../format";
import { type EditedPolicy, edited, rulesNothing, written } from "../policy/document";
import { router } from "../router.svelte";
import { session } from "../session.svelte";
import type { WallClock } from "../zone";
import { differences, keep, placeOfKept, readKept } from "./kept";
import { ofCampaign } from "./own-hours.svelte";
import { type Sample, sampleOf, withoutField } from "./people-file";
import { instantOf } from "./start";
import { fieldName } from "./text-fields";

const SAVE_AFTER_MS = 600;
/** The server keeps no campaign without a text; this stands in while none is written. */
const NO_TEXT_YET = "…";
const SAMPLE = "tidegate.sample.";

/** A plan that is off by more than this is another one. */
const DIFFERS_MS = 900_000;

/** What a plan promises. */
type Shown = Pick<LanePlan, "last" | "unplanned">;

/** What a person types, and can take back. */
export interface Typed {
  name: string;
  text: string;
  subject: string;
  attachments: string[];
  tracking: Tracking;
  policy: EditedPolicy;
  lateness: Lateness;
  at: string | null;
}

export class Draft {
  id = $state<string | null>(null);
  /** Whether it goes by itself already, at `scheduledFor`. */
  isScheduled = $state(false);
  scheduledFor = $state<Instant | null>(null);
  name = $state("");
  senderId = $state("");
  text = $state("");
  /** Of mail alone. */
  subject = $state("");
  /** The ids of what goes with it, in order. */
  attachments = $state<string[]>([]);
  /** What somebody said of it; the rest is as is usual on the channel. */
  tracking = $state.raw<Tracking>({});
  policy = $state<EditedPolicy>(edited({}));
  lateness = $state<Lateness>({ then: "roll_over" });
  /** Local date and time of the start; null for now. */
  at = $state<string | null>(null);
  zone = $state("UTC");
  /** Whether that is its sender's: nothing is read on another's clock. */
  zoneKnown = $state(false);
  /** The sender's, on which some things are not tracked. */
  channel = $state<Channel>("sms");
  /** Why nothing can be tracked here, in the server's words. */
  untracked = $state<string | null>(null);

  total = $state(0);
  /** Whether some of its people are known to be in a zone of their own. */
  inZones = $state(false);
  /** Whether it says in which hours of theirs its people may be reached. */
  hasOwnHours = $state(false);
  sample = $state.raw<Sample | null>(null);
  /** The share of a file that has gone up; null when none is on its way. */
  uploading = $state<number | null>(null);

  saving = $state(false);
  failure = $state<string | null>(null);
  /** What the server would not keep, by field. */
  refused = $state.raw<Problem[]>([]);

  /** The rules as the engine takes them. */
  readonly document: Policy = $derived.by(() => {
    const policy = written($state.snapshot(this.policy));
    return rulesNothing(policy) ? {} : { time_zone: this.zone, ...policy };
  });
  readonly problems = $derived(checkPolicy(this.document));
  /** The instant of the start, by the engine; null where it is past or not a time. */
  readonly startsAt: Instant | null = $derived(this.at === null ? null : instantOf(this.at, this.zone));

  /** What the server has: the rules apart, because those that are not sound stay here while the rest is saved. */
  #stored = $state.raw({ rest: "", rules: "" });
  /** The same as it told it, to see whether somebody else has changed it. */
  #base = "";
  /** A new campaign before anything is typed. */
  #begun = "";
  /** What the team has tracked of a new one: the server sees to that by itself. */
  #usual = "{}";
  /** Nothing is saved or kept of what was let go. */
  #over = false;
  /** The server's plan, where it was said that it is another than the one that was shown. */
  #told: (Shown & { at: string | null }) | null = null;
  /** Whose it is, even where somebody has gone over to another team before it is kept. */
  readonly #team = session.me?.team_id ?? session.team ?? "";
  readonly #visit = router.visit;
  /** The version that is on the screen: a change by somebody else is not written over. */
  #version = $state(0);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn: Promise<void> = Promise.resolve();

  /** Whether there is something on this device that the server does not have. */
  kept = $state(false);
  /** Whether the server has another version than the one on the screen: until that was looked at, nothing is saved. */
  conflict = $state(false);
  /** What was typed upon a version that is not there any more: kept until somebody says what becomes of it. */
  mine = $state.raw<Typed | null>(null);
  /** In what that is another than what is on the screen. */
  readonly differs: string[] = $derived(this.mine ? differences(this.mine, this.typed()) : []);

  constructor(campaign: Campaign | null) {
    if (campaign) this.#take(campaign);
    else this.#begun = JSON.stringify(this.typed());
    this.#recall();
  }

  typed(): Typed {
    const { name, text, subject, tracking, at } = this;
    return { name, text, subject, attachments: [...this.attachments], tracking, at, policy: $state.snapshot(this.policy), lateness: $state.snapshot(this.lateness) };
  }

  retype({ name, text, subject, attachments, tracking, at, policy, lateness }: Typed): void {
    Object.assign(this, { name, text, subject, attachments, tracking, at, policy, lateness });
  }

  /** What a new one has before anything is typed: what the team says. True where that was put in. */
  begin({ policy = {}, lateness = this.lateness, tracking = {} }: Defaults): boolean {
    if (this.id !== null) return false;
    this.#usual = JSON.stringify(tracking);
    if (this.kept) return false;
    this.policy = edited(policy);
    this.lateness = lateness;
    this.tracking = tracking;
    this.#begun = JSON.stringify(this.typed());
    return true;
  }

  get #place(): string {
    return placeOfKept(this.#team, this.id);
  }

  /** Forgets what was kept on this device. */
  forget(): void {
    localStorage.removeItem(this.#place);
    this.kept = false;
  }

  #recall(): void {
    const kept = readKept(this.#place);
    if (!kept) return;
    const typed = { ...kept.typed, policy: edited(written(kept.typed.policy)) };
    this.mine = kept.mine ?? null;
    // What somebody else has changed meanwhile is not written over; a start is nowhere but here.
    if (kept.base === this.#base) this.retype(typed);
    else {
      if (!this.isScheduled) this.at = typed.at;
      if (kept.unsaved && differences(typed, this.typed()).length > 0) this.mine = typed;
    }
    if (this.id === null) this.senderId = kept.senderId;
    this.kept = true;
  }

  #keep(): void {
    const nothing = this.mine !== null ? false : this.id === null ? JSON.stringify(this.typed()) === this.#begun : this.saved && this.at === null;
    if (nothing || this.#over) return this.forget();
    this.kept = keep(this.#place, { typed: this.typed(), senderId: this.senderId, base: this.#base, unsaved: !this.saved, mine: this.mine });
  }

  /** Shows what the server has now, and keeps what was typed here beside it; null where that cannot be read. */
  async lookAgain(): Promise<Campaign | null> {
    if (this.id === null) return null;
    clearTimeout(this.#timer);
    try {
      const campaign = await api.campaign(this.id);
      const typed = this.saved ? null : this.typed();
      this.#take(campaign);
      if (typed && differences(typed, this.typed()).length > 0) this.mine = typed;
      this.conflict = false;
      this.failure = null;
      this.refused = [];
      this.#keep();
      return campaign;
    } catch (cause) {
      this.failure = sentenceOf(cause);
      return null;
    }
  }

  /** Puts what was kept beside into the place of what is on the screen. */
  putBack(): void {
    if (this.mine) this.retype({ ...this.mine, at: this.at });
    this.mine = null;
  }

  /** Lets go of what was kept beside. */
  discard(): void {
    this.mine = null;
    this.#keep();
  }

  /** Which state the server has: what it tells about the draft is about that one. */
  get version(): number {
    return this.#version;
  }

  /** Whether whoever looks at it may save it. */
  get mayBeSaved(): boolean {
    return session.steers(this.id, this.total);
  }

  /** Whether the server has all of it that it takes, and so all but the start. */
  get saved(): boolean {
    return this.restSaved && this.#stored.rules === this.#rules();
  }

  /** Whether it has all but the rules. */
  get restSaved(): boolean {
    return this.id !== null && this.#stored.rest === this.#rest();
  }

  /** Keeps what was typed, and saves it, in a moment; only keeps it until the draft exists. */
  saveSoon(): void {
    this.typed();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#keep();
      if (this.id !== null && !this.isScheduled && this.#hasNews()) void this.save();
    }, SAVE_AFTER_MS);
  }

  /** Whether there is something that the server would take. */
  #hasNews(): boolean {
    if (!this.mayBeSaved || this.#over || this.conflict || !this.zoneKnown) return false;
    return this.problems.length === 0 ? !this.saved : !this.restSaved;
  }

  /** Stores what was typed; resolves when the server has it. One at a time, in order. */
  save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#turn = this.#turn.then(() => this.#store());
    return this.#turn;
  }

  /** Puts a file of people in; throws what the server has against it. */
  async upload(file: File, asked: { column?: string; time_zone_column?: string } = {}): Promise<Upload> {
    this.uploading = 0;
    try {
      const sample = await sampleOf(file);
      return await this.#putIn(async (id) => {
        const answer = await uploadPeople(id, file, (share) => (this.uploading = share), asked);
        this.sample = withoutField(sample, fieldName(answer.column));
        sessionStorage.setItem(SAMPLE + id, JSON.stringify(this.sample));
        this.inZones ||= Boolean(answer.time_zone_column);
        return answer;
      });
    } finally {
      this.uploading = null;
    }
  }

  /** How many of the contacts a choice would add. */
  countChosen = async (selection: Selection) => contacts.count(await this.#kept(), selection);

  /** Puts contacts in. They are copied: who changes later does not change here. */
  choose(selection: Selection): Promise<Schemas["SelectionTaken"]> {
    return this.#putIn(async (id) => {
      const answer = await contacts.choose(id, selection);
      // Contacts bring their zones, which the answer does not tell.
      const { zones } = await api.campaign(id).catch(() => ({ zones: null }));
      this.inZones ||= areInZones(zones);
      return answer;
    });
  }

  /** The id by which the server has it; saves it first where it has not. */
  async #kept(): Promise<string> {
    if (!this.isScheduled) await this.save();
    if (this.id === null) throw new Error(`The draft could not be saved, so nobody was put in. ${this.failure ?? ""}`.trim());
    return this.id;
  }

  /** Puts people in, in its turn: what is typed meanwhile is saved upon the version that comes of it. */
  async #putIn<T extends { total: number; version: number }>(work: (id: string) => Promise<T>): Promise<T> {
    const id = await this.#kept();
    const done = this.#turn.then(async () => {
      const answer = await work(id);
      this.total = answer.total;
      // Where somebody else has changed it too, theirs was never on the screen: the next save is to be refused.
      if (answer.version === this.#version + 1) this.#version = answer.version;
      return answer;
    });
    this.#turn = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  /**
   * Saves, lets the server plan the same start, and commits to it. Where the server's plan is not the one that was
   * `shown`, it says so instead, once.
   */
  async schedule(shown: Shown | null, clock: WallClock): Promise<Campaign | null> {
    await this.save();
    if (this.id === null || !this.saved) return null;
    // Never taken for now.
    if (this.at !== null && this.startsAt === null) {
      this.failure = "The start has passed. Choose another.";
      return null;
    }
    try {
      const { last, unplanned } = ofCampaign(await api.planCampaign(this.id, this.startsAt));
      const later_ms = shown && last !== null && shown.last !== null ? Math.abs(last - shown.last) : 0;
      const told = this.#told?.at === this.at ? this.#told : null;
      const known = told ?? shown;
      if (known && (unplanned > known.unplanned || (told === null && later_ms > DIFFERS_MS))) {
        this.#told = { last, unplanned, at: this.at };
        const done = last === null ? "nothing of it can go" : `it is done ${stamp(clock, last)}`;
        const out = unplanned > 0 ? `, and ${people(unplanned)} ${unplanned === 1 ? "gets" : "get"} no turn` : "";
        this.failure = `By the server’s plan ${done}${out}. Press again to schedule it so.`;
        return null;
      }
      const campaign = await api.schedule(this.id, this.startsAt, { version: this.#version });
      this.#letGo();
      return campaign;
    } catch (cause) {
      this.conflict = isStale(cause);
      this.failure = sentenceOf(cause);
      return null;
    }
  }

  /** Saves one that is scheduled, which plans it anew; true when the server has it. */
  async planAnew(): Promise<boolean> {
    await this.save();
    if (this.saved) this.#letGo();
    return this.saved;
  }

  /** Ends a draft before it went to anybody; true when that is done. */
  async throwAway(): Promise<boolean> {
    clearTimeout(this.#timer);
    await this.#turn;
    this.failure = null;
    try {
      if (this.id !== null) await api.steer(this.id, "stop", { version: this.#version });
      this.#letGo();
      return true;
    } catch (cause) {
      this.conflict = isStale(cause);
      this.failure = sentenceOf(cause);
      return false;
    }
  }

  #letGo(): void {
    this.#over = true;
    this.forget();
  }

  async #store(): Promise<void> {
    if (!this.#hasNews()) return;
    this.#told = null;
    const sound = this.problems.length === 0;
    const stored = { rest: this.#rest(), rules: sound ? this.#rules() : this.#stored.rules };
    const content = {
      text: this.text.trim() === "" ? NO_TEXT_YET : this.text,
      ...(this.subject.trim() && { subject: this.subject }),
      ...(this.attachments.length > 0 && { attachments: [...this.attachments] }),
      ...this.#toTrack(),
    };
    const fields = {
      name: this.#title(),
      content,
      lateness: $state.snapshot(this.lateness),
      // Rules that are not sound yet are kept back; the rest need not wait for them.
      ...(sound && { policy: this.document }),
    };
    this.saving = true;
    this.failure = null;
    this.refused = [];
    try {
      if (this.id === null) {
        const campaign = await api.createCampaign({ sender_id: this.senderId, ...fields });
        // From here on it is kept by its id.
        this.forget();
        this.id = campaign.id;
        this.#has(campaign);
        router.rename(`/campaigns/${campaign.id}`, this.#visit);
      } else {
        this.#has(await api.changeCampaign(this.id, { ...fields, version: this.#version }));
      }
      this.#stored = stored;
      this.#keep();
    } catch (cause) {
      this.#refuse(cause);
    } finally {
      this.saving = false;
    }
  }

  #has({ version, status, starts_at, name, content, policy, lateness, tracking }: Campaign): void {
    this.#version = version;
    // Of the deployment, and so as long as the page is open.
    this.untracked ??= tracking?.problem?.message ?? null;
    this.#base = JSON.stringify([status, starts_at, name, content, policy, lateness]);
  }

  /** What is asked for where it cannot be done is refused, so that much of what the team or an earlier day asked is left out. */
  #toTrack(): { tracking?: Tracking } {
    if (this.id === null && JSON.stringify(this.tracking) === this.#usual) return {};
    const can = ([what, is]: [string, boolean]) => !is || (this.untracked === null && (what !== "opens" || this.channel === "email"));
    const asked = Object.entries(this.tracking).filter(can);
    return asked.length > 0 ? { tracking: Object.fromEntries(asked) } : {};
  }

  /** What has a field of its own is said there. */
  #refuse(cause: unknown): void {
    if (cause instanceof Refused) this.refused = cause.errors;
    this.conflict = isStale(cause);
    const elsewhere = this.refused.length === 0 || this.refused.some(({ path }) => !path.startsWith("content.") && !path.startsWith("lateness"));
    this.failure = elsewhere ? sentenceOf(cause) : null;
  }

  #take(campaign: Campaign): void {
    this.id = campaign.id;
    this.isScheduled = campaign.status === "scheduled";
    this.scheduledFor = this.isScheduled ? campaign.starts_at : null;
    this.#has(campaign);
    this.name = campaign.name;
    this.senderId = campaign.sender_id;
    this.channel = campaign.channel;
    this.text = campaign.content.text === NO_TEXT_YET ? "" : campaign.content.text;
    this.subject = campaign.content.subject ?? "";
    this.attachments = campaign.content.attachments ?? [];
    this.tracking = said(campaign.content.tracking);
    this.policy = edited(campaign.policy ?? {});
    this.lateness = campaign.lateness;
    this.total = campaign.progress.total;
    this.inZones = areInZones(campaign.zones);
    const { windows, blocked } = campaign.recipient_policy ?? {};
    this.hasOwnHours = Boolean(windows?.length || blocked?.length);
    const sample = sessionStorage.getItem(SAMPLE + campaign.id);
    if (sample) this.sample = JSON.parse(sample) as Sample;
    this.#stored = { rest: this.#rest(), rules: this.#rules() };
  }

  #title(): string {
    return this.name.trim() || "Untitled campaign";
  }

  #rest(): string {
    return JSON.stringify([this.#title(), this.text, this.subject, this.attachments, this.tracking, this.lateness]);
  }

  #rules(): string {
    return JSON.stringify(written($state.snapshot(this.policy)));
  }
}

/** Whether it was asked upon a version that is not there any more. */
const isStale = (cause: unknown): boolean => cause instanceof Refused && cause.code === "changed_meanwhile";

const areInZones = (zones: Campaign["zones"]): boolean => (zones ?? []).some(({ time_zone }) => time_zone !== null);

/** Without what nobody said, which a document may have as null. */
const said = (tracking: Schemas["Content"]["tracking"]): Tracking =>
  Object.fromEntries(Object.entries(tracking ?? {}).filter(([, is]) => is !== null));
