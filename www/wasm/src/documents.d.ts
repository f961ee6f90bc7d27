/**
 * Milliseconds since 1970-01-01T00:00Z, or an RFC 3339 text with an offset such as
 * `2026-11-24T09:00:00-05:00`. Answers always have numbers.
 */
export type InstantInput = number | string;

/** A number and a unit: `500ms`, `30s`, `15m`, `24h`, `7d`; 1 ms to 366 days. */
export type Duration = string;

/** `HH:MM` or `HH:MM:SS`; `24:00` may end a range. */
export type ClockTime = string;

/** `YYYY-MM-DDTHH:MM` in the policy's time zone, or an RFC 3339 text. */
export type SingleTime = string;

export type Weekday = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";

/** How a message came to be sent. */
export type Origin = "queued" | "single" | "manual";

/** A range of the wall clock. One that ends before it starts crosses midnight. */
export interface Window {
  /** The days on which it starts; every day if left out. */
  days?: Weekday[];
  from: ClockTime;
  to: ClockTime;
}

/** A time at which nothing goes: weekly, on a date, every year, or from one time to another. */
export type BlockedTime =
  | { name?: string; days?: Weekday[]; from: ClockTime; to: ClockTime }
  | { name?: string; /** `YYYY-MM-DD` */ date: string }
  | { name?: string; /** `MM-DD` */ annual: string }
  | { name?: string; from: SingleTime; to: SingleTime };

export interface LimitBase {
  /** How many messages may go; 1 to 1,000,000,000. */
  max: number;
  /** A goal is counted and reported, and never closes. */
  enforce?: "hard" | "goal";
  /** Only sends of this origin count; all if left out. */
  counts?: Origin;
  /** A warm-up: caps on `max` for the local days from `from` on; outside them `max` alone holds. */
  ramp?: { /** `YYYY-MM-DD` */ from: string; steps: number[] };
}

/** How many messages may go over a rolling duration, or in a local day, week or month. */
export type Limit = LimitBase & ({ rolling: Duration } | { calendar: "day" | "week" | "month" });

/** The rules of a layer. Every field may be left out; `{}` is always open. */
export interface Policy {
  /** An IANA name; `UTC` if left out. */
  time_zone?: string;
  windows?: Window[];
  blocked?: BlockedTime[];
  limits?: Limit[];
  /** The least time between two sends. */
  gap?: Duration;
  /** Lengthens each gap by a draw from nothing to this. */
  jitter?: Duration;
  /** A pause that is due after a number of sends. */
  breaks?: { after: number; pause: Duration }[];
  starts_at?: SingleTime;
  ends_at?: SingleTime;
}

/** Something wrong with a document. */
export interface Problem {
  /** Where, such as `windows[2].to`; empty for the whole document. */
  path: string;
  code:
    | "missing"
    | "unknown_field"
    | "wrong_type"
    | "malformed"
    | "no_such_date"
    | "no_such_time"
    | "outside_years"
    | "unknown_zone"
    | "empty"
    | "out_of_bounds"
    | "too_many"
    | "conflict";
  /** What is wrong and what to write instead. */
  message: string;
}

/** What is thrown when a request has problems. */
export interface RequestError extends Error {
  problems: Problem[];
}

/** `count` sends from `start` on, `every` milliseconds apart. */
export interface Run {
  start: number;
  count: number;
  every: number;
  origin: Origin;
}

/** A run in a history; a bare instant is a run of one. */
export type RunInput =
  | InstantInput
  | {
      start: InstantInput;
      /** 1 if left out. */
      count?: number;
      /** Milliseconds; may be left out in a run of one. */
      every?: number;
      /** `queued` if left out. */
      origin?: Origin;
      /** Allowed so that a plan's runs can be given back, and ignored. */
      lane?: number;
    };

/** A policy and the sends that it counts. */
export interface Layer {
  /** Named in reasons. */
  name?: string;
  policy: Policy;
  /** What was sent before, in any order. */
  history?: RunInput[];
}

export interface DecideRequest {
  /** Each of them has to allow the message. */
  layers?: Layer[];
  now: InstantInput;
}

export type ReasonCode =
  | "outside_window"
  | "blocked_time"
  | "rolling_limit"
  | "calendar_limit"
  | "gap"
  | "break"
  | "not_started"
  | "ended"
  | "no_opening";

/** Why a message cannot go. */
export interface Reason {
  /** The layer's name; empty for `no_opening`. */
  layer: string;
  /** The path into the layer's policy, such as `limits[0]`; empty for `no_opening`. */
  gate: string;
  code: ReasonCode;
  /** When this gate alone opens. */
  until: number | null;
  /** A fact, a number and the next instant, for people. */
  text: string;
}

export type Decision =
  | { verdict: "send" }
  | {
      verdict: "wait";
      /** The earliest instant at which everything is open at once. */
      until: number;
      because: Reason[];
    }
  | {
      verdict: "never";
      /** `ended` or `no_opening`, then each other gate that is closed now. */
      because: Reason[];
    };

/** Messages with rules of their own. */
export interface Lane {
  name?: string;
  layers?: Layer[];
  /** How many messages are to go. */
  count: number;
  /** What jitter is drawn from; 0 if left out. */
  seed?: number;
  /** How many of the lane's messages were planned before; 0 if left out. */
  first_ordinal?: number;
  /** How many `fair` holds against the lane from the start; 0 if left out. */
  sent_before?: number;
}

interface PlanSpan {
  now: InstantInput;
  /** Plan only what goes before this instant. */
  until?: InstantInput;
}

/** Several lanes on one sender. */
export interface SharedLanes {
  /** Layers to which every send is charged. */
  shared?: Layer[];
  lanes: Lane[];
  /** Who goes first of those that could go at the same instant; `in_turn` if left out. */
  order?: "in_turn" | "fair";
}

/** One lane, or several that share a sender. */
export type PlanRequest = PlanSpan & (Omit<Lane, "name"> | SharedLanes);

/** When each message goes. Its size follows the number of runs, not of messages. */
export interface Plan {
  planned: number;
  unplanned: number;
  first: number | null;
  last: number | null;
  /** In the order of the request. */
  lanes: LanePlan[];
  /** By start, and then by lane. Runs of different lanes may interleave. */
  runs: PlannedRun[];
  /** Each local day with sends, in the zone of the request's first layer. */
  days: DayCount[];
  /** The pauses, in order; at most 100,000. */
  waits: Wait[];
  warnings: Warning[];
}

export interface LanePlan {
  name: string;
  planned: number;
  unplanned: number;
  first: number | null;
  last: number | null;
  /**
   * Where planning stopped at `until`: when the next message could go, if no other lane went
   * before.
   */
  next?: number;
}

export interface PlannedRun extends Run {
  /** The lane's index in the request. */
  lane: number;
}

export interface DayCount {
  /** `YYYY-MM-DD` */
  date: string;
  count: number;
  first: number;
  last: number;
}

/** A pause between two sends, or before the first. */
export interface Wait {
  from: number;
  to: number;
  /** The index of the lane that sends after it. */
  lane: number;
  /** The layer of the gate that was the last to open. */
  layer: string;
  gate: string;
  code: ReasonCode;
}

export type Warning =
  /** The end comes, or nothing opens, or the plan is too long, before everyone is reached. */
  | {
      code: "ends_before_finish" | "never_opens" | "too_long";
      message: string;
      /** The lane's index. */
      lane: number;
      /** How many people are left out. */
      left_out: number;
    }
  /** A goal is exceeded. */
  | {
      code: "over_goal";
      message: string;
      layer: string;
      gate: string;
      /** The local date on which the worst period starts. */
      day: string;
      goal: number;
      /** How many sends fall into it, those of the history included. */
      planned: number;
    };

/** A plan request with the instant by which the last message is to go. */
export type AdviseRequest = {
  now: InstantInput;
  /** The last instant that is still in time. */
  finish_by: InstantInput;
} & (Omit<Lane, "name"> | SharedLanes);

/** A plan request with one of its messages. */
export type ExplainRequest = {
  now: InstantInput;
  /** Counted from 0, in sending order over all lanes. */
  message: number;
} & (Omit<Lane, "name"> | SharedLanes);

/** A certificate: the message may go at `at`, and at no instant from `since` on before that. */
export interface Explanation {
  /** The message asked about. */
  message: number;
  /** The index of its lane; if it never goes, of the first lane with messages left. */
  lane: number | null;
  /** When it goes; null if the plan does not reach it. */
  at: number | null;
  /** When the one before it goes, or the request's `now`. */
  since: number;
  /** The gate that is the last to open; null when the message goes at once. */
  set_by: Reason | null;
}

/** What would be enough to finish in time, and what would not. */
export interface Advice {
  /** When the last message goes as things are; null when some are left out. */
  finishes: number | null;
  /** Whether all go in time as things are. Then nothing is advised. */
  enough: boolean;
  /** Changes each of which is enough by itself, the smallest first. */
  advice: Change[];
  /** What cannot do it alone. */
  none: NoChange[];
  /** How many of the rules were not tried, because there are too many of them. */
  untried: number;
}

/** What in a request could be changed. */
export interface Knob {
  /** The path into the layer's policy, such as `limits[0].max`; the first of several. */
  knob: string;
  /** The layer's name. */
  layer: string;
  /**
   * Where it is written in the request, such as `shared[0].policy.limits[0].max`. Several for
   * windows that open or close together.
   */
  paths: string[];
}

/** A change that is enough by itself. */
export interface Change extends Knob {
  /** What is written there now, in the first of `paths`. */
  from: number | string;
  /** What to write there instead, in each of `paths`. */
  to: number | string;
  /** The change and what it does, for people. */
  text: string;
  /** When the last message goes with it. */
  finishes: number;
}

/** What cannot do it alone. */
export interface NoChange extends Knob {
  /** Why not, for people. */
  why: string;
}

/** What has a status. */
export type Machine = "campaign" | "message";

export type CampaignStatus =
  | "draft"
  | "scheduled"
  | "in_progress"
  | "paused"
  | "completed"
  | "stopped"
  | "failed";

export type CampaignTrigger =
  | "schedule"
  | "reschedule"
  | "edit"
  | "start"
  | "pause"
  | "resume"
  | "stop"
  | "cancel"
  | "exhaust"
  | "end"
  | "fail";

export type MessageStatus =
  | "queued"
  | "sending"
  | "sent"
  | "delivered"
  | "failed"
  | "skipped"
  | "cancelled"
  | "unknown";

export type MessageTrigger =
  | "hand_over"
  | "accepted"
  | "refused"
  | "unclear"
  | "defer"
  | "delivered"
  | "undeliverable"
  | "skip"
  | "cancel"
  | "confirm_sent"
  | "send_again";

/** What a campaign's table has to know beside the status. */
export interface TransitionFacts {
  /** Whether a run of it was ever committed. */
  started?: boolean;
  /** For `schedule` and `reschedule`: milliseconds ahead; left out to start at once. */
  lead_ms?: number;
}

/** The new status, or why it stays as it is and which triggers are legal instead. */
export type Transition =
  | { status: CampaignStatus | MessageStatus }
  | { why: string; legal: (CampaignTrigger | MessageTrigger)[] };

/** A lexicon that comes with the engine. */
export type LexiconId =
  | "canonical"
  | "outbound_count"
  | "delivery_tracking"
  | "sent_messages"
  | "proactive_campaigns"
  | "broadcast";

/** The words of a product. Where a machine is left out, the engine's own words hold. */
export interface Lexicon {
  name: string;
  /** What it is made for. */
  about?: string;
  campaign?: Vocabulary<CampaignStatus>;
  message?: Vocabulary<MessageStatus>;
}

/** A shipped lexicon by its id, or one of one's own. */
export type LexiconInput = LexiconId | Lexicon;

/** Words, and the rules that choose them. There has to be a word for all that can be. */
export interface Vocabulary<Status> {
  /** In the order in which filters and tabs show them. */
  words: Word[];
  /** The first that holds decides. */
  rules: {
    /** Each fact that is named has to have the value, or one of them. Left out, it holds. */
    when?: { [Fact in keyof FactValues<Status>]?: FactValues<Status>[Fact] | FactValues<Status>[Fact][] };
    word: string;
  }[];
}

export interface Word {
  /** Exactly as it is shown. */
  word: string;
  /** The heading under which lists gather it; the word itself if left out. */
  group?: string;
  /** What it tells the reader. */
  meaning: string;
  tone?: Tone | null;
}

/** What the colour of a word says: planned, held by something, under way or done, or failed. */
export type Tone = "planned" | "waiting" | "sent" | "failed";

/** What a rule of a lexicon can ask about. */
export interface FactValues<Status> {
  status: Status;
  /** Whether there are recipients. */
  total: "none" | "some";
  sent: "none" | "some";
  delivered: "none" | "some";
  failed: "none" | "some";
  skipped: "none" | "some";
  unknown: "none" | "some";
  /** What holds it. */
  waiting: "nothing" | ReasonCode;
  /** The name of the layer that holds it; `other` for any other name. */
  waiting_layer: "account" | "team" | "sender" | "campaign" | "recipient" | "other";
  held_for_review: "no" | "yes";
  /** Whether a run of the campaign was ever committed. */
  started: "no" | "yes";
}

/** What is true of a campaign or of a message. All but `status` may be left out. */
export type Facts = (
  | { /** `campaign` if left out. */ machine?: "campaign"; status: CampaignStatus }
  | { machine: "message"; status: MessageStatus }
) & {
  /** How many recipients there are. */
  total?: number;
  /** How many messages the provider has taken, delivered since or not. */
  sent?: number;
  delivered?: number;
  failed?: number;
  /** How many were deliberately not sent. */
  skipped?: number;
  /** How many were handed over without an answer. */
  unknown?: number;
  /**
   * What holds it: one that is scheduled, at the time it is set to; any other, now. With
   * `waiting_layer`, the `code` and the `layer` of a reason.
   */
  waiting?: ReasonCode | null;
  waiting_layer?: string | null;
  /** Whether its content waits for a review. */
  held_for_review?: boolean;
  /** Whether a run of the campaign was ever committed. */
  started?: boolean;
};

/** A word as an answer gives it. */
export interface Label extends Word {
  group: string;
  tone: Tone | null;
}

/** What a filter by a word lets through. */
export interface Matching {
  /** The statuses of which at least some are let through. */
  statuses: (CampaignStatus | MessageStatus)[];
  /** What is let through, exactly: where any one of these holds. No two overlap. */
  any: {
    [Fact in keyof FactValues<CampaignStatus | MessageStatus>]?: FactValues<CampaignStatus | MessageStatus>[Fact][];
  }[];
}
