/**
 * Who is signed in, and in which team. The key stays in this tab unless the person asks to be
 * remembered.
 */

import type { Me } from "./api/types";
import type { LexiconId } from "./engine";

const NAME = "tidegate.key";
const TEAM = "tidegate.team";
/** How the id begins of what goes to one person alone. */
const TO_ONE = "sgl_";

function stored(name: string): string | null {
  return sessionStorage.getItem(name) ?? localStorage.getItem(name);
}

class Session {
  key = $state<string | null>(stored(NAME));
  /** The team that requests are for; null for the one that the key comes to by itself. */
  team = $state<string | null>(stored(TEAM));
  me = $state.raw<Me | null>(null);
  /** The words of the team, and the engine's own until they are known. */
  lexicon = $state<LexiconId>("canonical");
  /** True after the server has refused a key that was good before. */
  expired = $state(false);

  get isAdministrator(): boolean {
    return this.me?.role === "administrator";
  }

  /** Whether somebody of this role does more than look; until that is known, as if. */
  get acts(): boolean {
    return this.me?.role !== "viewer";
  }

  /** Whether the team leaves campaigns to somebody of this role; until that is known, as if. */
  get actsOnCampaigns(): boolean {
    if (this.me === null || this.isAdministrator) return true;
    return this.me.role === "operator" && this.me.limits.campaigns_for === "operator";
  }

  /** Whether they may change this campaign and have it go or wait: what goes to one person alone is any operator’s. */
  steers(id: string | null, people: number): boolean {
    return this.actsOnCampaigns || (this.acts && people <= 1 && id?.startsWith(TO_ONE) === true);
  }

  signIn(key: string, me: Me, remember: boolean): void {
    (remember ? localStorage : sessionStorage).setItem(NAME, key);
    this.key = key;
    this.me = me;
    this.expired = false;
  }

  /** Goes over to another team in this tab; where the key is remembered, new tabs begin there too. */
  enter(team: string | null): void {
    for (const keeper of [sessionStorage, localStorage]) {
      if (team === null) keeper.removeItem(TEAM);
      else if (keeper === sessionStorage || keeper.getItem(NAME) !== null) keeper.setItem(TEAM, team);
    }
    this.team = team;
    this.me = null;
    this.lexicon = "canonical";
  }

  /** By the person: what was typed and not saved goes too, because the next one here is another. */
  signOut(): void {
    for (const keeper of [sessionStorage, localStorage]) {
      for (const name of Object.keys(keeper)) if (name.startsWith("tidegate.")) keeper.removeItem(name);
    }
    this.#end();
  }

  #end(): void {
    for (const name of [NAME, TEAM]) {
      sessionStorage.removeItem(name);
      localStorage.removeItem(name);
    }
    this.key = null;
    this.team = null;
    this.me = null;
    this.lexicon = "canonical";
    this.expired = false;
  }

  expire(): void {
    if (this.key === null) return;
    this.#end();
    this.expired = true;
  }
}

export const session = new Session();
