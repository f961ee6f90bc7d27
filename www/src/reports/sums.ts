/** Parts of a report added up, and its numbers as figures. */

import type { Counted, ReportRow } from "../api/reports";
import type { MessageStatus } from "../api/types";
import type { Figure } from "../campaign/outcome-words";
import { count, money, percent, plural } from "../format";
import type { Cell } from "../save-file";

const NUMBERS = ["campaigns", "planned", "sent", "delivered", "failed", "skipped", "unknown", "cancelled", "opened", "opened_of", "clicked", "clicked_of", "contacts", "stops"] as const;

/** Each row once, by whose it is: parts count different messages, so they are added. */
export function added(rows: ReportRow[]): ReportRow[] {
  const sums = new Map<string, ReportRow>();
  for (const row of rows) {
    const key = row.id ?? `name ${row.name}`;
    const known = sums.get(key);
    sums.set(key, known ? sumOf([known, row], row) : row);
  }
  return [...sums.values()].sort((a, b) => b.sent - a.sent || a.name.localeCompare(b.name));
}

/** Some rows as one, under the name of `as`. */
export function sumOf(rows: ReportRow[], as: Pick<ReportRow, "id" | "name">): ReportRow {
  const numbers = Object.fromEntries(NUMBERS.map((name) => [name, rows.reduce((sum, row) => sum + row[name], 0)]));
  const costs = new Map<string, ReportRow["costs"][number]>();
  for (const { currency, sent, inbound, total } of rows.flatMap((row) => row.costs)) {
    const known = costs.get(currency);
    const plus = (a: string | undefined, b: string) => String(Number(a ?? 0) + Number(b));
    costs.set(currency, { currency, sent: plus(known?.sent, sent), inbound: plus(known?.inbound, inbound), total: plus(known?.total, total) });
  }
  return {
    ...(numbers as Pick<ReportRow, (typeof NUMBERS)[number]>),
    id: as.id,
    name: as.name,
    failed_by_reason: reasonsOf(rows.flatMap((row) => row.failed_by_reason)),
    skipped_by_reason: reasonsOf(rows.flatMap((row) => row.skipped_by_reason)),
    costs: [...costs.values()],
    is_cost_shared: rows.some((row) => row.is_cost_shared),
  };
}

function reasonsOf(counted: Counted[]): Counted[] {
  const sums = new Map<string, Counted>();
  for (const { reason, means, count: n } of counted) {
    sums.set(reason, { reason, means, count: (sums.get(reason)?.count ?? 0) + n });
  }
  return [...sums.values()].sort((a, b) => b.count - a.count);
}

/** A line for each number of a row, as the server's own table has them. */
export function lines(rows: ReportRow[]): Cell[][] {
  const of = (row: ReportRow): [string, string, Cell][] => [
    ...NUMBERS.map((name): [string, string, Cell] => [name, "", row[name]]),
    ...row.failed_by_reason.map(({ reason, count: n }): [string, string, Cell] => ["failed", reason, n]),
    ...row.skipped_by_reason.map(({ reason, count: n }): [string, string, Cell] => ["skipped", reason, n]),
    ...row.costs.map(({ currency, total }): [string, string, Cell] => ["cost", currency, total]),
  ];
  return rows.flatMap((row) => of(row).map((line) => [row.id, row.name, ...line]));
}

/** `€4.10 and $2.00`. */
export const costText = ({ costs }: Pick<ReportRow, "costs">): string =>
  costs
    .map(({ currency, total }) => (currency === "" ? `${total} without a price` : money(Number(total), currency)))
    .join(" and ");

export function reportFigures(total: ReportRow): Figure[] {
  const share = (part: number, of: number) => (of === 0 ? "–" : percent(part / of));
  const shown: Figure[] = [
    { name: "Sent", value: count(total.sent), note: `${count(total.planned)} planned, by ${plural(total.campaigns, "campaign")}` },
    { name: "Delivered", value: share(total.delivered, total.sent), note: `${count(total.delivered)} of ${count(total.sent)} that were sent` },
  ];
  // Of those that would have told: an SMS without links says nothing about who read it.
  const told = (part: number, of: number) => ({ value: share(part, of), note: `${count(part)} of ${count(of)} that tell` });
  if (total.opened_of > 0) shown.push({ name: "Opened", ...told(total.opened, total.opened_of) });
  if (total.clicked_of > 0) shown.push({ name: "Clicked", ...told(total.clicked, total.clicked_of) });
  shown.push({ name: "Came in", value: count(total.contacts), note: total.stops > 0 ? `${count(total.stops)} asked for no more` : "answers and others" });
  if (total.costs.length > 0) {
    shown.push({ name: "Cost", value: costText(total), note: total.is_cost_shared ? "shared out where a campaign goes beyond the period" : "sent and came in" });
  }
  return shown;
}

/** Every message once, for a ring. */
export function reportParts({ delivered, sent, failed, unknown, skipped, cancelled }: ReportRow): { kind: MessageStatus; count: number }[] {
  return [
    { kind: "delivered", count: delivered },
    { kind: "sent", count: Math.max(0, sent - delivered) },
    { kind: "failed", count: failed },
    { kind: "unknown", count: unknown },
    { kind: "skipped", count: skipped },
    { kind: "cancelled", count: cancelled },
  ];
}
