/** The inbox by address: one thread each, the newest first. */

import type { SandboxMessage } from "../api/types";

export interface Thread {
  key: string;
  address: string;
  newest: SandboxMessage;
}

/** From messages that come newest first. */
export function threadsOf(messages: SandboxMessage[]): Thread[] {
  const threads = new Map<string, Thread>();
  for (const message of messages) {
    if (!threads.has(message.to)) threads.set(message.to, { key: message.to, address: message.to, newest: message });
  }
  return [...threads.values()];
}
