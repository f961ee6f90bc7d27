/** A contact while it is edited. */

import type { Channel, Contact, Schemas } from "../api/types";
import { listed } from "./words";

export class ContactForm {
  name = $state("");
  addresses = $state<{ channel: Channel; address: string }[]>([]);
  region = $state("");
  tags = $state("");
  accounts = $state("");
  zone = $state<string | null>(null);
  fields = $state<{ name: string; value: string }[]>([]);
  #were: string[] = [];

  constructor(contact: Contact | null) {
    this.name = contact?.name ?? "";
    this.addresses = contact?.addresses.map(({ channel, address }) => ({ channel, address })) ?? [{ channel: "sms", address: "" }];
    this.tags = contact?.tags.join("; ") ?? "";
    this.accounts = contact?.accounts.join("; ") ?? "";
    this.zone = contact?.time_zone_source === "given" ? (contact.time_zones[0] ?? null) : null;
    this.fields = Object.entries(contact?.fields ?? {}).map(([name, value]) => ({ name, value }));
    this.#were = Object.keys(contact?.fields ?? {});
  }

  /** As the server takes it; a field that is gone is taken away by null. */
  document(): Schemas["NewContact"] {
    const gone = this.#were.map((name) => [name, null] as const);
    const kept = this.fields.filter(({ name }) => name.trim() !== "").map(({ name, value }) => [name.trim(), value.trim() || null] as const);
    return {
      name: this.name.trim(),
      addresses: this.addresses.filter(({ address }) => address.trim() !== "").map(({ channel, address }) => ({ channel, address: address.trim() })),
      ...(this.region.trim() && { region: this.region.trim().toUpperCase() }),
      tags: listed(this.tags),
      accounts: listed(this.accounts),
      time_zone: this.zone,
      fields: Object.fromEntries([...gone, ...kept]),
    };
  }

  /** Where in the form the address at `index` of the document stands: empty lines are not sent. */
  sentIndex(index: number): number {
    return this.addresses.slice(0, index).filter(({ address }) => address.trim() !== "").length;
  }
}
