/** Where somebody looks in the plan, as what is drawn and what is planned share it. */

import type { Instant } from "../engine";
import type { WallClock } from "../zone";
import { type Sight, step, type View, type Zoom } from "./sight";

export class Eye {
  zoom = $state<Zoom>("week");
  /** Null follows the first message. */
  at = $state<Instant | null>(null);

  get view(): View {
    return { zoom: this.zoom, at: this.at };
  }

  look(at: Instant, zoom: Zoom = this.zoom): void {
    this.at = at;
    this.zoom = zoom;
  }

  /** Nearer or farther, around what is in sight. */
  turn(zoom: Zoom, around: Instant): void {
    if (this.at !== null) this.at = around;
    this.zoom = zoom;
  }

  move(sight: Sight, by: number, clock: WallClock): void {
    this.at = step(sight, by, clock);
  }
}
