/** Routes by the History API: the address is the state, so every view can be linked to. */

class Router {
  path = $state(location.pathname);
  query = $state(new URLSearchParams(location.search));
  /** Which visit of a page this is: another with each path that one goes to, and the same where a page is renamed. */
  visit = $state(0);
  /** The path by which the page was asked for that is on screen: not that of its address once it was renamed. */
  asked = $state(location.pathname);

  constructor() {
    addEventListener("popstate", () => this.#read());
  }

  go(address: string, options: { replace?: boolean } = {}): void {
    if (options.replace) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    const before = this.path;
    this.#read();
    if (before !== this.path && !options.replace) scrollTo(0, 0);
  }

  /** Gives the page of a visit an address of its own, without loading anything; nothing where one has left it. */
  rename(address: string, visit: number): void {
    if (visit !== this.visit) return;
    history.replaceState(null, "", address);
    this.path = location.pathname;
    this.query = new URLSearchParams(location.search);
  }

  /** The present address with some of its query changed; null takes a name out. */
  with(changes: Record<string, string | null>): string {
    const query = new URLSearchParams(this.query);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) query.delete(name);
      else query.set(name, value);
    }
    const text = query.toString();
    return text ? `${this.path}?${text}` : this.path;
  }

  #read(): void {
    if (location.pathname !== this.path) {
      this.visit += 1;
      this.path = this.asked = location.pathname;
    }
    this.query = new URLSearchParams(location.search);
  }
}

export const router = new Router();

/** Follows plain clicks on links of this site without loading a page. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = (event.target as Element | null)?.closest("a");
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  // To a place on this page the browser goes best: it brings the focus along.
  if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
  event.preventDefault();
  router.go(link.pathname + link.search + link.hash);
  if (link.hash) document.getElementById(link.hash.slice(1))?.scrollIntoView({ block: "nearest" });
}
