/** The keys that work on every page, and what they open. */

import { router } from "./router.svelte";

/** What a key can open over the page. */
export type Keys = "commands" | "shortcuts";

/** How the command key is called here. */
export const COMMAND_KEY = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl ";

/** Two keys one after the other, as long as this apart. */
const APART_MS = 1_200;

/** Where `g` and then a letter goes. */
export const PLACES: { key: string; to: string; text: string }[] = [
  { key: "c", to: "/campaigns", text: "Campaigns" },
  { key: "n", to: "/campaigns/new", text: "New campaign" },
  { key: "p", to: "/contacts", text: "Contacts" },
  { key: "t", to: "/conversations", text: "Conversations" },
  { key: "u", to: "/unsubscribes", text: "Unsubscribes" },
  { key: "w", to: "/words", text: "Words" },
  { key: "s", to: "/senders", text: "Senders" },
  { key: "h", to: "/held-up", text: "Held up" },
  { key: "r", to: "/reports", text: "Reports" },
  { key: "i", to: "/inbox", text: "Sandbox inbox" },
  { key: "e", to: "/team", text: "Team" },
  { key: "m", to: "/profile", text: "My profile and goals" },
];

/** The places by the first part of their address, as they stand in the navigation. */
export const NAVIGATION: { section: string; text: string }[] = [
  { section: "campaigns", text: "Campaigns" },
  { section: "contacts", text: "Contacts" },
  { section: "conversations", text: "Conversations" },
  { section: "unsubscribes", text: "Unsubscribes" },
  { section: "words", text: "Words" },
  { section: "senders", text: "Senders" },
  { section: "held-up", text: "Held up" },
  { section: "reports", text: "Reports" },
  { section: "inbox", text: "Sandbox inbox" },
  { section: "team", text: "Team" },
];

let opener: (keys: Keys | null) => void = () => {};

/** Opens one of them, from a button. */
export const ask = (keys: Keys): void => opener(keys);

/** Listens while the page lives; gives what stops it. */
export function listen(open: (keys: Keys | null) => void): () => void {
  opener = open;
  let began_ms = -Infinity;
  const press = (event: KeyboardEvent) => {
    const command = event.ctrlKey || event.metaKey;
    if (command && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open("commands");
      return;
    }
    if (command || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
    const second = event.timeStamp - began_ms < APART_MS;
    began_ms = -Infinity;
    const place = second ? PLACES.find(({ key }) => key === event.key) : undefined;
    if (place) {
      event.preventDefault();
      router.go(place.to);
    } else if (event.key === "g") {
      began_ms = event.timeStamp;
    } else if (event.key === "?") {
      event.preventDefault();
      open("shortcuts");
    }
  };
  addEventListener("keydown", press);
  return () => removeEventListener("keydown", press);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable=true], [role=dialog], [role=spinbutton]") !== null;
}
