/** An entry of the audit log as a sentence, and the ways to filter the log. */

import type { AuditEntry } from "../api/team";
import { localStamp } from "../format";

/** What can be filtered by: a kind of thing, with every verb. */
export const KINDS: { what: string; text: string }[] = [
  { what: "campaign", text: "Campaigns" },
  { what: "message", text: "Messages" },
  { what: "sender", text: "Senders" },
  { what: "review", text: "Reviews" },
  { what: "opt_out", text: "Opt-outs" },
  { what: "word", text: "Words" },
  { what: "attachment", text: "Attachments" },
  { what: "dead_letter", text: "Held up" },
  { what: "team", text: "Team" },
  { what: "member", text: "Members" },
  { what: "user", text: "Users" },
  { what: "key", text: "Keys" },
  { what: "goals", text: "Goals" },
  { what: "sandbox", text: "Sandbox" },
];

/** Verbs in the past tense; what is missing is written as it is. */
const VERBS: Record<string, string> = {
  create: "Made",
  change: "Changed",
  delete: "Deleted",
  import: "Put people into",
  schedule: "Scheduled",
  reschedule: "Moved",
  edit: "Edited",
  pause: "Paused",
  resume: "Resumed",
  stop: "Stopped",
  send: "Sent",
  record: "Recorded sends on",
  price: "Priced",
  put: "Gave a role to",
  remove: "Took out",
  revoke: "Revoked",
  set: "Set",
  clear: "Cleared",
  refuse: "Refused",
  upload: "Uploaded",
  release: "Released",
  discard: "Discarded",
  reply: "Answered in",
  receipt: "Gave a receipt in",
  confirm_sent: "Counted as sent",
  send_again: "Sent again",
  hold: "Held",
  held: "Held",
  review: "Held for review",
  rules: "Changed the rules of",
  list: "Added people to",
};

const THINGS: Record<string, string> = {
  campaign: "a campaign",
  message: "a message",
  sender: "a sender",
  review: "a held message",
  opt_out: "an opt-out",
  word: "a word",
  attachment: "an attachment",
  dead_letter: "what was held up",
  team: "the team",
  member: "a member",
  user: "a user",
  key: "a key",
  goals: "daily goals",
  sandbox: "the sandbox",
};

/** `Paused a campaign`. */
export function deed(what: string): string {
  const [kind = "", verb = ""] = what.split(".");
  const words = verb.replaceAll("_", " ");
  return `${VERBS[verb] ?? words.charAt(0).toUpperCase() + words.slice(1)} ${THINGS[kind] ?? kind.replaceAll("_", " ")}`;
}

/** Where the thing can be looked at. */
export function placeOfSubject({ what, subject }: Pick<AuditEntry, "what" | "subject">): string | null {
  if (/^(campaign|message)\./.test(what)) return `/campaigns/${subject}`;
  if (what.startsWith("sender.")) return `/senders/${subject}`;
  return null;
}

/** Values that differ, by name: what each was, and what it is. */
export function differences({ before, after }: Pick<AuditEntry, "before" | "after">): { name: string; was: string | null; is: string | null }[] {
  const [old, young] = [fieldsOf(before), fieldsOf(after)];
  // A version only counts the changes.
  const names = [...new Set([...Object.keys(old), ...Object.keys(young)])].filter((name) => name !== "version");
  return names
    .map((name) => ({ name, was: textOf(name, old[name]), is: textOf(name, young[name]) }))
    .filter(({ was, is }) => was !== is);
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

function textOf(name: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (name.endsWith("_at") && typeof value === "number") return localStamp(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
