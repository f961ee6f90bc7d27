/** The documents of the HTTP API by the names that the console calls them; their shape is in schema.d.ts. */

import type { Group, Instant, Lane, Layer, Order } from "../engine";
import type { components } from "./schema";

export type Schemas = components["schemas"];

export type Page<T> = { items: T[]; next_cursor: string | null };
export type Me = Schemas["Me"];
export type Channel = Schemas["Channel"];

export type Sender = Schemas["Sender"];
/** What one can say of a sender. */
export type SenderFields = Schemas["NewSender"];
export type Provider = SenderFields["provider"];
/** The plan request of what a sender has committed and still has to send. */
export interface Outlook {
  shared: Layer[];
  /** One a campaign with people in several zones: its rules, which its lanes share. */
  groups: Group[];
  /** One a campaign, or one for each zone of its people, named by the campaign's id. */
  lanes: Lane[];
  order: Order;
  now: Instant;
  /** The start of a campaign that would be scheduled right now. */
  starts_at: Instant;
}

export type Campaign = Schemas["Campaign"];
export type CampaignStatus = Schemas["CampaignStatus"];
export type CampaignPlan = Schemas["Preview"];
export type MessageStatus = Schemas["MessageStatus"];
/** `sent` counts what the provider took, delivered since or not. */
export type Progress = Schemas["Progress"];
/** What becomes of a message that cannot go when it was promised. */
export type Lateness = Schemas["Lateness"];
/** What of its messages is to be tracked; what is left out is as is usual on its channel. */
export type Tracking = Schemas["TrackingAsked"];
export type Message = Schemas["Message"];
export type DeadLetter = Schemas["DeadLetter"];

/** Where some of a campaign's people come from: a file, or a choice among the contacts. */
export type RecipientList = Schemas["RecipientList"];
/** A row of a file that was not taken. */
export type RejectedRow = Schemas["Rejection"];
export type Upload = Schemas["ImportedPeople"];
/** What came out of a calendar file, and what did not, by line. */
export type ImportedCalendar = Omit<Schemas["Imported"], "blocked"> & { blocked: Schemas["BlockedTime"][] };

/** Planned against actual. */
export type Pace = Schemas["PaceReport"];
/** How late messages were against their promised instants; negative is early. */
export type Late = Schemas["Late"];

export type SandboxMessage = Schemas["SandboxMessage"];

export type Contact = Schemas["Contact"];
export type ContactImport = Schemas["ContactImport"];
export type Conversation = Schemas["Conversation"];
export type TimelineEntry = Schemas["TimelineEntry"];
export type Inbound = Schemas["Inbound"];
export type OptOut = Schemas["OptOut"];
export type Review = Schemas["Review"];
export type Found = Schemas["Found"];
export type TestedText = Schemas["TestedText"];
export type Word = Schemas["ForbiddenWord"];
export type Selection = Schemas["SelectionAsked"];
