/** The other end: who was written to, and what stands on their phone or in their mailbox. */

import type { Channel, SandboxMessage } from "../api/types";
import type { Received } from "../talk/words";

export type Device = "phone" | "mailbox";

export const deviceOf = (channel: Channel): Device => (channel === "email" ? "mailbox" : "phone");

export interface Thread {
  key: string;
  address: string;
  device: Device;
  newest: SandboxMessage;
}

/** One each for an address on a channel, from messages that come newest first. */
export function threadsOf(messages: SandboxMessage[]): Thread[] {
  const threads = new Map<string, Thread>();
  for (const message of messages) {
    const key = `${message.channel} ${message.to}`;
    if (!threads.has(key)) threads.set(key, { key, address: message.to, device: deviceOf(message.channel), newest: message });
  }
  return [...threads.values()];
}

/** What arrived or was answered, the oldest first. */
export type Line = { at: number; id: string; arrived: SandboxMessage } | { at: number; id: string; answered: Received };

export function linesOf(messages: SandboxMessage[], answers: Received[]): Line[] {
  const lines: Line[] = [
    ...messages.map((arrived) => ({ at: arrived.received_at, id: arrived.id, arrived })),
    ...answers.map((answered) => ({ at: answered.received_at, id: answered.id, answered })),
  ];
  return lines.sort((a, b) => a.at - b.at);
}
