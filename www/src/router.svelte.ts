/** Routes by the History API: the address is the state, so every view can be linked to. */

class Router {
  path = $state(location.pathname);
  query = $state(new URLSearchParams(location.search));

  constructor() {
    addEventListener("popstate", () => this.read());
  }

  go(address: string, options: { replace?: boolean } = {}): void {
    if (options.replace) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    const before = this.path;
    this.read();
    if (before !== this.path && !options.replace) scrollTo(0, 0);
  }

  /** Gives what is on screen an address of its own, without loading anything. */
  rename(address: string): void {
    history.replaceState(null, "", address);
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

  private read(): void {
    this.path = location.pathname;
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
  event.preventDefault();
  router.go(link.pathname + link.search);
  if (link.hash) document.getElementById(link.hash.slice(1))?.scrollIntoView({ block: "nearest" });
}
