/** What a pause waits for, in a few words. */

import type { Layer, Reason } from "../engine";
import { ruleLines } from "../policy/words";
import { blockedName } from "./open-hours";
import { CAMPAIGN_LAYER, PROVIDER_LAYER } from "./picture";

const PERIOD: Record<string, string> = { day: "daily", week: "weekly", month: "monthly" };

/** `daily limit`, `Lunch`, `sending hours`. */
export function waitsFor(reason: Pick<Reason, "layer" | "gate" | "code">, layers: Layer[]): string {
  if (reason.layer === PROVIDER_LAYER) return "provider";
  switch (reason.code) {
    case "outside_window":
      return "sending hours";
    case "blocked_time":
      return blockedName(layers, reason);
    case "rolling_limit":
    case "calendar_limit":
      return `${limitPeriod(reason, layers)} limit`;
    case "gap":
      return "gap";
    case "break":
      return "break";
    case "not_started":
      return "start date";
    case "ended":
      return "end date";
    default:
      return reason.code.replaceAll("_", " ");
  }
}

function limitPeriod({ layer, gate }: Pick<Reason, "layer" | "gate">, layers: Layer[]): string {
  const index = Number(/^limits\[(\d+)\]$/.exec(gate)?.[1] ?? NaN);
  const limit = layers.find(({ name }) => name === layer)?.policy.limits?.[index];
  if (!limit) return "";
  if ("calendar" in limit) return PERIOD[limit.calendar] ?? limit.calendar;
  return limit.rolling === "24h" ? "daily" : limit.rolling;
}

/** The rule behind it in words, and whose it is. */
export function ruleBehind(reason: Pick<Reason, "layer" | "gate" | "code">, layers: Layer[]): string {
  if (reason.layer === PROVIDER_LAYER) return "The provider asked for time";
  const policy = layers.find(({ name }) => name === reason.layer)?.policy ?? {};
  const line = ruleLines(policy).find(({ gate }) => gate === reason.gate);
  const whose = reason.layer === CAMPAIGN_LAYER ? "This campaign’s rule" : "The sender’s rule";
  return line ? `${whose}: ${line.text}` : whose;
}
