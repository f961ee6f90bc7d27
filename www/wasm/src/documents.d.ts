// Generated from the engine's Rust types by `npm run types`. Edit those, not this file.

/** A day of the week. */
export type Weekday = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";

/** `HH:MM` or `HH:MM:SS`; `24:00` may end a range. */
export type ClockTime = string;

/**
 * A range of the wall clock. One that ends before it starts crosses midnight, and belongs to
 * the day on which it starts.
 */
export interface Window {
  /** The days on which it starts; every day if left out. */
  days?: Weekday[];
  /** The first instant is inside. */
  from: ClockTime;
  /** The last instant is outside. */
  to: ClockTime;
}

/** `YYYY-MM-DDTHH:MM` in the policy's time zone, or an RFC 3339 text. */
export type SingleTime = string;

/** A time at which nothing goes: weekly, on a date, every year, or from one time to another. */
export type BlockedTime = {
  /** Shown in reasons. */
  name?: string;
} & (
  | {
      /** The days on which it starts; every day if left out. */
      days?: Weekday[];
      /** Every week. One that ends before it starts crosses midnight. */
      from: ClockTime;
      /** The last instant is outside. */
      to: ClockTime;
    }
  | {
      /** `YYYY-MM-DD` */
      date: string;
    }
  | {
      /** `MM-DD`, every year. */
      annual: string;
    }
  | {
      /** Once. */
      from: SingleTime;
      /** The last instant is outside. */
      to: SingleTime;
    }
);

/** How a message came to be sent. */
export type Origin = "queued" | "single" | "manual";

/**
 * Day by day another cap on a limit's `max`. Before its first day, and after its last, `max`
 * alone holds.
 */
export interface Ramp {
  /** The local date of the first step, `YYYY-MM-DD`. */
  from: string;
  /** A cap for each day. */
  steps: number[];
}

/** What all limits have. */
export interface LimitBase {
  /** How many messages may go; 1 to 1,000,000,000. */
  max: number;
  /** A goal is counted and reported, and never closes; `hard` if left out. */
  enforce?: "hard" | "goal";
  /** Only sends of this origin count; all if left out. */
  counts?: Origin;
  /** A warm-up. */
  ramp?: Ramp;
}

/** A number and a unit: `500ms`, `30s`, `15m`, `24h`, `7d`; at most 366 days. */
export type Duration = string;

/** How many messages may go over a rolling duration, or in a local day, week or month. */
export type Limit = LimitBase &
  (
    | {
        /** How far back sends count. */
        rolling: Duration;
      }
    | {
        /** A day of the local calendar, a week from Monday on, or a month. */
        calendar: "day" | "week" | "month";
      }
  );

/** A pause that is due after a number of sends. */
export interface Break {
  /** How many sends make a series, unless a pause of that length comes by itself before. */
  after: number;
  /** How long nothing goes after the series. */
  pause: Duration;
}

/** The rules of a layer. Every field may be left out; `{}` is always open. */
export interface Policy {
  /** An IANA name; `UTC` if left out. */
  time_zone?: string;
  /** Nothing goes outside them. Without any, every instant is inside. */
  windows?: Window[];
  /** Nothing goes inside them. */
  blocked?: BlockedTime[];
  /** How many may go in a span of time. All of them hold. */
  limits?: Limit[];
  /** The least time between two sends. */
  gap?: Duration;
  /** Lengthens each gap by a draw from nothing to this. */
  jitter?: Duration;
  /** Pauses that are due after a number of sends. */
  breaks?: Break[];
  /** Nothing goes before. */
  starts_at?: SingleTime;
  /** Nothing goes from then on. */
  ends_at?: SingleTime;
}

/** What kind of problem a document has. */
export type ProblemCode =
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

/** One thing that is wrong with a document that came from outside. */
export interface Problem {
  /** Where in the document, such as `layers[0].policy.windows[2].to`; empty for all of it. */
  path: string;
  /**
   * What kind of problem, for programs: `missing`, `unknown_field`, `wrong_type`, `malformed`,
   * `no_such_date`, `no_such_time`, `outside_years`, `unknown_zone`, `empty`, `out_of_bounds`,
   * `too_many` or `conflict`.
   */
  code: ProblemCode;
  /** What is wrong and what to write instead, for people. */
  message: string;
}

/**
 * Milliseconds since 1970-01-01T00:00Z, or an RFC 3339 text with an offset such as
 * `2026-11-24T09:00:00-05:00`. Answers always have numbers.
 */
export type InstantInput = number | string;

/** `count` sends from `start` on, `every` milliseconds apart, which may overlap others. */
export interface HistoryRun {
  /** The first send. */
  start: InstantInput;
  /** 1 if left out. */
  count?: number;
  /** Milliseconds from one send to the next; may be left out in a run of one. */
  every?: number;
  /** `queued` if left out. */
  origin?: Origin;
  /** Allowed so that a plan's runs can be given back, and ignored. */
  lane?: number;
}

/** A run in a history; a bare instant is a run of one. */
export type RunInput = InstantInput | HistoryRun;

/** A policy and the sends that it counts. */
export interface Layer {
  /** Named in reasons. */
  name?: string;
  /** Its rules. */
  policy: Policy;
  /** What was sent before, in any order. */
  history?: RunInput[];
}

/** Whether a message may go at `now`. */
export interface DecideRequest {
  /** Each of them has to allow the message. */
  layers?: Layer[];
  /** The instant asked about. */
  now: InstantInput;
}

/** The kind of a `Reason`. */
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

/** One gate that holds a message back. */
export interface Reason {
  /** The name of the gate's layer; empty for `no_opening`, which no layer is to blame for alone. */
  layer: string;
  /** The path into the layer's policy, such as `limits[0]`; empty for `no_opening`. */
  gate: string;
  /** The kind of reason, for programs. */
  code: ReasonCode;
  /** When this gate alone opens; none when it does not. */
  until: number | null;
  /** The reason, for people. */
  text: string;
}

/** The answer to "may a message go now?". */
export type Decision =
  | {
      /** Every gate is open. */
      verdict: "send";
    }
  | {
      /** Not yet. */
      verdict: "wait";
      /** The earliest instant at which all gates are open at once, with the history as it is. */
      until: number;
      /** Each gate that is closed now, in the order of the layers and of the policies' table. */
      because: Reason[];
    }
  | {
      /** Not within the horizon of 731 days. */
      verdict: "never";
      /** `ended` or `no_opening`, then each other gate that is closed now. */
      because: Reason[];
    };

/** `count` sends from `start` on, `every` milliseconds apart. */
export interface Run {
  /** The first send. */
  start: number;
  /** How many sends. */
  count: number;
  /** Milliseconds from one send to the next, not negative; 0 in a run of one. */
  every: number;
  /** How they came to be sent. */
  origin: Origin;
}

/** A stretch of time. */
export interface Stretch {
  /** Its first instant. */
  from: InstantInput;
  /** The first instant after it. */
  until: InstantInput;
}

/** From when on to plan. */
export interface PlanSpan {
  /** Nothing goes before. */
  now: InstantInput;
  /** Plan only what goes before this instant. */
  until?: InstantInput;
  /**
   * List runs and pauses only where they touch this stretch, and tell how many there are in
   * all: a long plan has thousands, and a picture shows a week. What is planned stays the
   * same, and all else in the answer is about the whole of it.
   */
  detail?: Stretch;
}

/** Messages and the rules that are theirs. */
export interface LaneRules {
  /** Each of them has to allow each message. */
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

/**
 * Lanes with layers in common, to each of which every send of these lanes is charged: the
 * people of a campaign in several zones. `fair` counts them as one.
 */
export interface Group {
  /** Named in answers. */
  name?: string;
  /** Each of them has to allow each message. */
  layers?: Layer[];
  /**
   * How many `fair` holds against the group from the start, beside those of its lanes; 0 if
   * left out.
   */
  sent_before?: number;
}

/** Messages with rules of their own. */
export type Lane = {
  /** Named in answers. */
  name?: string;
  /** The index of its group; none if left out. */
  group?: number;
} & LaneRules;

/** Several lanes on one sender. */
export interface SharedLanes {
  /** Layers to which every send is charged. */
  shared?: Layer[];
  /** Layers that some of the lanes have in common, beside the shared ones. */
  groups?: Group[];
  /** The order in which they are listed settles ties. */
  lanes: Lane[];
  /**
   * Who goes first of those that could go at the same instant: the first listed, or who has
   * sent the fewest so far. `in_turn` if left out.
   */
  order?: "in_turn" | "fair";
}

/** One lane, or several that share a sender. */
export type PlanRequest = PlanSpan & (LaneRules | SharedLanes);

/** What one lane gets. */
export interface LanePlan {
  /** The lane's name. */
  name: string;
  /** How many of its messages have their instant. */
  planned: number;
  /** How many do not. */
  unplanned: number;
  /** When its first goes. */
  first: number | null;
  /** When its last goes. */
  last: number | null;
  /**
   * When planning stopped at the request's `until`: the earliest instant at which the lane's
   * next message could go, if no other lane went before.
   */
  next?: number;
}

/** A run and the lane whose messages it sends. */
export interface PlannedRun {
  /** The lane's index in the request. */
  lane: number;
  /** The first send. */
  start: number;
  /** How many sends. */
  count: number;
  /** Milliseconds from one send to the next, not negative; 0 in a run of one. */
  every: number;
  /** How they came to be sent. */
  origin: Origin;
}

/** What goes on one local day. */
export interface DayCount {
  /** The local date, `YYYY-MM-DD`. */
  date: string;
  /** How many messages. */
  count: number;
  /** When the day's first goes. */
  first: number;
  /** When the day's last goes. */
  last: number;
}

/** A pause between two sends, or before the first. */
export interface Wait {
  /** The send before, or the request's `now`. */
  from: number;
  /** The send after. */
  to: number;
  /** The index of the lane that sends after the pause. */
  lane: number;
  /** The layer of the gate that was the last to open. */
  layer: string;
  /** That gate. */
  gate: string;
  /** Why it was closed. */
  code: ReasonCode;
}

/** Something to know before launch. */
export type Warning =
  | {
      /** The end comes before everyone is reached. */
      code: "ends_before_finish";
      /** The warning, for people. */
      message: string;
      /** The lane's index. */
      lane: number;
      /** How many people are left out. */
      left_out: number;
    }
  | {
      /** There is no instant for the rest of a lane within the horizon. */
      code: "never_opens";
      /** The warning, for people. */
      message: string;
      /** The lane's index. */
      lane: number;
      /** How many people are left out. */
      left_out: number;
    }
  | {
      /**
       * The plan is as long as a plan can be, or its lanes took
       * turns for as long as they can.
       */
      code: "too_long";
      /** The warning, for people. */
      message: string;
      /** The lane's index. */
      lane: number;
      /** How many messages are not planned. */
      left_out: number;
    }
  | {
      /** A goal is exceeded by sends of the plan. */
      code: "over_goal";
      /** The warning, for people. */
      message: string;
      /** The layer of the goal. */
      layer: string;
      /** The goal, such as `limits[1]`. */
      gate: string;
      /**
       * The local date, `YYYY-MM-DD`: the first of the worst day, week or month, or that on
       * which a rolling goal is exceeded most.
       */
      day: string;
      /** The goal's `max`. */
      goal: number;
      /** How many sends count towards it then, those of the history included. */
      planned: number;
    };

/** What the lanes of a group get together. */
export interface GroupPlan {
  /** The group's name. */
  name: string;
  /** How many of its messages have their instant. */
  planned: number;
  /** How many do not. */
  unplanned: number;
  /** When its first goes. */
  first: number | null;
  /** When its last goes. */
  last: number | null;
}

/** How long a plan is. */
export interface Extent {
  /** How many runs it has. */
  runs: number;
  /** How many pauses it has, 100,000 at the most. */
  waits: number;
}

/** When each message goes. */
export interface Plan {
  /** How many messages have their instant. */
  planned: number;
  /** How many do not. */
  unplanned: number;
  /** When the first goes. */
  first: number | null;
  /** When the last goes. */
  last: number | null;
  /** The same for each lane, in the order of the request. */
  lanes: LanePlan[];
  /** The sends, by start and then by lane. Runs of different lanes may interleave. */
  runs: PlannedRun[];
  /** Each local day with sends, in the zone of the request's first layer. */
  days: DayCount[];
  /** The pauses, in order. */
  waits: Wait[];
  /** What the reader should know before launch. */
  warnings: Warning[];
  /** The same for each group, if there are any. */
  groups?: GroupPlan[];
  /**
   * How many runs and pauses there are in all, if the request asked for the detail of a stretch
   * alone.
   */
  in_all?: Extent | null;
}

/** By when a plan is to be done. */
export interface AdviseSpan {
  /** Nothing goes before. */
  now: InstantInput;
  /** The last instant that is still in time. */
  finish_by: InstantInput;
}

/** A plan request with the instant by which the last message is to go. */
export type AdviseRequest = AdviseSpan & (LaneRules | SharedLanes);

/** A change that is enough by itself. */
export interface Change {
  /** The path into the layer's policy, such as `limits[0].max`; the first of several. */
  knob: string;
  /** The layer's name. */
  layer: string;
  /**
   * Where `to` has to be written in the request, such as `shared[0].policy.limits[0].max`.
   * Several for windows that open or close together.
   */
  paths: string[];
  /** What is written there now, in the first of them. */
  from: number | string;
  /** What to write instead. */
  to: number | string;
  /** The change and what it does, for people. */
  text: string;
  /** When the last message goes with it. */
  finishes: number;
}

/** A knob that cannot do it alone. */
export interface NoChange {
  /** The path into the layer's policy, such as `limits[0].max`; the first of several. */
  knob: string;
  /** The layer's name. */
  layer: string;
  /** Where it is written in the request. Several for windows that open or close together. */
  paths: string[];
  /** Why not, for people. */
  why: string;
}

/** What would be enough, and what would not. */
export interface Advice {
  /** When the last message goes as things are; none when some are left out. */
  finishes: number | null;
  /** Whether all go by `finish_by` as things are. Then nothing is advised. */
  enough: boolean;
  /**
   * The changes each of which is enough by itself, the smallest first: that which changes its
   * knob by the smallest share of what it was. For a window that is its length, for a start or
   * an end the time from `now` to it.
   */
  advice: Change[];
  /** The knobs that cannot do it alone. */
  none: NoChange[];
  /**
   * How many knobs were not tried: because there are too many, or because the
   * plans became too long.
   */
  untried: number;
}

/** Which message of a plan is asked about. */
export interface ExplainSpan {
  /** Nothing goes before. */
  now: InstantInput;
  /** Counted from 0, in sending order over all lanes. */
  message: number;
}

/** A plan request with one of its messages. */
export type ExplainRequest = ExplainSpan & (LaneRules | SharedLanes);

/** When a message goes, and what sets its instant. */
export interface Explanation {
  /** The message asked about, counted from 0 in sending order over all lanes. */
  message: number;
  /** The index of its lane; if it never goes, that of the first lane with messages left. */
  lane: number | null;
  /** When it goes; none if the plan does not reach it. */
  at: number | null;
  /**
   * From when on it could have gone: when the one before it goes, or the request's `now`. If it
   * never goes, when the last one goes that does.
   */
  since: number;
  /**
   * The gate that is the last to open: it is closed until `at`, and from `since` to there no
   * instant has every gate open. None when the message goes at once. If it never goes, the end
   * that came, or none when nothing opens within reach.
   */
  set_by: Reason | null;
}

/** The layers of a timetable, and its stretch of time. */
export interface TimetableRequest {
  /** Each of them has to be open. */
  layers?: Layer[];
  /** The first instant that can be asked about. */
  from: InstantInput;
  /** The first instant after the stretch, at most 731 days later. */
  until: InstantInput;
}

/** What has a status. */
export type Machine = "campaign" | "message";

/** What a campaign's table has to know beside the status. */
export interface TransitionFacts {
  /** Whether a run of it was ever committed. */
  started?: boolean | null;
  /**
   * For `schedule` and `reschedule`: milliseconds from now to the start that is asked for;
   * left out to start at once.
   */
  lead_ms?: number;
}

/** Where a campaign stands. */
export type CampaignStatus =
  "draft" | "scheduled" | "in_progress" | "paused" | "completed" | "stopped" | "failed";

/** Where a message stands. */
export type MessageStatus =
  "queued" | "sending" | "sent" | "delivered" | "failed" | "skipped" | "cancelled" | "unknown";

/** What can happen to a campaign. */
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

/** What can happen to a message. */
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

/** The new status, or why it stays as it is and which triggers are legal instead. */
export type Transition =
  | {
      status: CampaignStatus | MessageStatus;
    }
  | {
      /** The reason, for people. */
      why: string;
      /** The triggers that are legal instead. */
      legal: (CampaignTrigger | MessageTrigger)[];
    };

/** A lexicon that comes with the engine. */
export type LexiconId =
  | "canonical"
  | "outbound_count"
  | "delivery_tracking"
  | "sent_messages"
  | "proactive_campaigns"
  | "broadcast";

/** What the colour of a word says. */
export type Tone = "planned" | "waiting" | "sent" | "failed";

/** A word of a product, and what it says. */
export interface Word {
  /** Exactly as it is shown. */
  word: string;
  /** The heading under which lists gather it; the word itself if left out. */
  group?: string;
  /** What it tells the reader. */
  meaning: string;
  /** The colour's meaning; none for words that need no attention. */
  tone?: Tone | null;
}

/** What holds it, as the code of a reason. */
export type WaitingFor =
  | "nothing"
  | "outside_window"
  | "blocked_time"
  | "rolling_limit"
  | "calendar_limit"
  | "gap"
  | "break"
  | "not_started"
  | "ended"
  | "no_opening";

/** The name of the layer that holds it; `other` for any other name. */
export type WaitingLayer = "account" | "team" | "sender" | "campaign" | "recipient" | "other";

/** What is true of a campaign: each fact that is named has the value, or one of them. */
export interface CampaignCondition {
  /** The canonical status. */
  status?: CampaignStatus | CampaignStatus[];
  /** Whether there are recipients. */
  total?: ("none" | "some") | ("none" | "some")[];
  /** Whether any was sent. */
  sent?: ("none" | "some") | ("none" | "some")[];
  /** Whether any was delivered. */
  delivered?: ("none" | "some") | ("none" | "some")[];
  /** Whether any failed. */
  failed?: ("none" | "some") | ("none" | "some")[];
  /** Whether any was skipped. */
  skipped?: ("none" | "some") | ("none" | "some")[];
  /** Whether of any it is not known if it went. */
  unknown?: ("none" | "some") | ("none" | "some")[];
  /** What holds it, as the code of a reason. */
  waiting?: WaitingFor | WaitingFor[];
  /** Whose rules those are. */
  waiting_layer?: WaitingLayer | WaitingLayer[];
  /** Whether its content waits for a review. */
  held_for_review?: ("no" | "yes") | ("no" | "yes")[];
  /** Whether a run of the campaign was ever committed. */
  started?: ("no" | "yes") | ("no" | "yes")[];
}

/** When campaigns are called by a word. */
export interface CampaignRule {
  /** What has to be true; left out, it holds. */
  when?: CampaignCondition;
  /** One of the words. */
  word: string;
}

/**
 * Words for campaigns, and the rules that choose them. There has to be a word for all that
 * can be.
 */
export interface CampaignVocabulary {
  /** In the order in which filters and tabs show them. */
  words: Word[];
  /** The first that holds decides. */
  rules: CampaignRule[];
}

/** What is true of a message: each fact that is named has the value, or one of them. */
export interface MessageCondition {
  /** The canonical status. */
  status?: MessageStatus | MessageStatus[];
  /** Whether there are recipients. */
  total?: ("none" | "some") | ("none" | "some")[];
  /** Whether any was sent. */
  sent?: ("none" | "some") | ("none" | "some")[];
  /** Whether any was delivered. */
  delivered?: ("none" | "some") | ("none" | "some")[];
  /** Whether any failed. */
  failed?: ("none" | "some") | ("none" | "some")[];
  /** Whether any was skipped. */
  skipped?: ("none" | "some") | ("none" | "some")[];
  /** Whether of any it is not known if it went. */
  unknown?: ("none" | "some") | ("none" | "some")[];
  /** What holds it, as the code of a reason. */
  waiting?: WaitingFor | WaitingFor[];
  /** Whose rules those are. */
  waiting_layer?: WaitingLayer | WaitingLayer[];
  /** Whether its content waits for a review. */
  held_for_review?: ("no" | "yes") | ("no" | "yes")[];
  /** Whether a run of the campaign was ever committed. */
  started?: ("no" | "yes") | ("no" | "yes")[];
}

/** When messages are called by a word. */
export interface MessageRule {
  /** What has to be true; left out, it holds. */
  when?: MessageCondition;
  /** One of the words. */
  word: string;
}

/**
 * Words for messages, and the rules that choose them. There has to be a word for all that can
 * be.
 */
export interface MessageVocabulary {
  /** In the order in which filters and tabs show them. */
  words: Word[];
  /** The first that holds decides. */
  rules: MessageRule[];
}

/** The words of a product. Where a machine is left out, the engine's own words hold. */
export interface Lexicon {
  /** What it is called. */
  name: string;
  /** What it is made for. */
  about?: string;
  campaign?: CampaignVocabulary;
  message?: MessageVocabulary;
}

/** A shipped lexicon by its id, or one of one's own. */
export type LexiconInput = LexiconId | Lexicon;

/** What is true of a campaign or of a message. All but `status` may be left out. */
export type Facts = (
  | {
      /** `campaign` if left out. */
      machine?: "campaign";
      status: CampaignStatus;
    }
  | {
      machine: "message";
      status: MessageStatus;
    }
) & {
  /** How many recipients the campaign has. */
  total?: number | null;
  /** How many messages the provider has taken, delivered since or not. */
  sent?: number | null;
  /** How many of them were delivered. */
  delivered?: number | null;
  /** How many failed. */
  failed?: number | null;
  /** How many were deliberately not sent. */
  skipped?: number | null;
  /** How many were handed over without an answer. */
  unknown?: number | null;
  /**
   * What holds it: one that is scheduled, at the time it is set to; any other, now. With
   * `waiting_layer`, the `code` and the `layer` of a reason.
   */
  waiting?: ReasonCode | null;
  /** The name of the layer that holds it. */
  waiting_layer?: string | null;
  /** Whether its content waits for a review. */
  held_for_review?: boolean | null;
  /** Whether a run of the campaign was ever committed. */
  started?: boolean | null;
};

/** A word of a team's product, and what it says. */
export interface Label {
  /** The word, exactly as it is shown. */
  word: string;
  /** The heading under which lists gather it. Mostly the word itself. */
  group: string;
  /** What the word tells the reader. */
  meaning: string;
  /** The colour's meaning; none for words that need no attention. */
  tone: Tone | null;
}

/** What is true: each fact that is named has one of the values. */
export interface Condition {
  /** The canonical status. */
  status?: (CampaignStatus | MessageStatus)[];
  /** Whether there are recipients. */
  total?: ("none" | "some")[];
  /** Whether any was sent. */
  sent?: ("none" | "some")[];
  /** Whether any was delivered. */
  delivered?: ("none" | "some")[];
  /** Whether any failed. */
  failed?: ("none" | "some")[];
  /** Whether any was skipped. */
  skipped?: ("none" | "some")[];
  /** Whether of any it is not known if it went. */
  unknown?: ("none" | "some")[];
  /** What holds it, as the code of a reason. */
  waiting?: WaitingFor[];
  /** Whose rules those are. */
  waiting_layer?: WaitingLayer[];
  /** Whether its content waits for a review. */
  held_for_review?: ("no" | "yes")[];
  /** Whether a run of the campaign was ever committed. */
  started?: ("no" | "yes")[];
}

/** What a filter by a word, or by the name of a group, lets through. */
export interface Matching {
  /** The statuses of which at least some are let through: enough for a first look in a store. */
  statuses: (CampaignStatus | MessageStatus)[];
  /** What is let through, exactly: where any one of these holds. No two of them overlap. */
  any: Condition[];
}
