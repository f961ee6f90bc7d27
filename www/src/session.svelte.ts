/** Who is signed in. The key stays in this tab unless the person asks to be remembered. */

import type { Me } from "./api/types";

const NAME = "tidegate.key";

function stored(): string | null {
  return sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME);
}

class Session {
  key = $state<string | null>(stored());
  me = $state.raw<Me | null>(null);
  /** True after the server has refused a key that was good before. */
  expired = $state(false);

  signIn(key: string, me: Me, remember: boolean): void {
    (remember ? localStorage : sessionStorage).setItem(NAME, key);
    this.key = key;
    this.me = me;
    this.expired = false;
  }

  /** By the person: what was typed and not saved goes too, because the next one here is another. */
  signOut(): void {
    for (const name of Object.keys(localStorage)) if (name.startsWith("tidegate.")) localStorage.removeItem(name);
    this.#end();
  }

  #end(): void {
    sessionStorage.removeItem(NAME);
    localStorage.removeItem(NAME);
    this.key = null;
    this.me = null;
    this.expired = false;
  }

  expire(): void {
    if (this.key === null) return;
    this.#end();
    this.expired = true;
  }
}

export const session = new Session();
