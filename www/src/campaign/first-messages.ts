/** The ledger of a campaign that is short enough to be read whole, for its picture. */

import { api } from "../api/api";
import type { Campaign, Message } from "../api/types";

/** Past this many the picture is drawn from runs alone. */
const MAX_READ = 1_000;
const PAGE = 200;

/** Every message, or none where there are too many. */
export async function firstMessages(campaign: Pick<Campaign, "id" | "progress">): Promise<Message[]> {
  if (campaign.progress.total > MAX_READ) return [];
  const found: Message[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof api.messages>> = await api.messages(campaign.id, { cursor, limit: PAGE });
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return found;
}
