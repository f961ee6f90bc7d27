/**
 * Where a stretch of time lies on the page. A grid has tracks, and time runs along each: a week
 * is seven days side by side, each running down; a day is its hours below one another, each
 * running to the right.
 */

import type { Instant } from "../engine";
import { dayOfMonth, weekday } from "../format";
import { addDays, dayStart, wallOfDay, type WallClock } from "../zone";

export type Zoom = "week" | "day";

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Label {
  x: number;
  y: number;
  text: string;
  anchor: "middle" | "end" | "start";
  /** The instant the label stands for, where it heads a track. */
  heads?: Instant;
}

export interface Grid {
  zoom: Zoom;
  /** The bounds of the tracks, the last one the end of the last track. */
  tracks: Instant[];
  clock: WallClock;
  /** The wall time a track is long, and the pieces in which sends are counted. */
  span_ms: number;
  piece_ms: number;
  frame: Rect;
  labels: Label[];
  /** Lines across the tracks, and between them. */
  ticks: Rect[];
  edges: Rect[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const HOUR_PX = 16;
const HEAD_PX = 28;
const HEIGHT = 24 * HOUR_PX;
/** How much of a track the sends may fill across, and where they begin. */
const INK = { from: 8, spare: 14 };

const two = (n: number) => String(n).padStart(2, "0");

/** Seven days from the local midnight `start`. */
export function weekGrid(start: Instant, clock: WallClock, width: number): Grid {
  const tracks = Array.from({ length: 8 }, (_, i) => addDays(clock, start, i));
  const frame = frameIn(width);
  const column = frame.width / 7;
  const across = (hour: number) => frame.y + hour * HOUR_PX;
  return {
    zoom: "week",
    tracks,
    clock,
    span_ms: DAY_MS,
    piece_ms: HOUR_MS / 4,
    frame,
    labels: [
      ...tracks.slice(0, 7).map((day, i) => ({
        x: frame.x + (i + 0.5) * column,
        y: 16,
        text: `${column < 56 ? weekday(clock, day).slice(0, 2) : weekday(clock, day)} ${dayOfMonth(clock, day)}`,
        anchor: "middle" as const,
        heads: day,
      })),
      ...[0, 4, 8, 12, 16, 20, 24].map((hour) => hourLabel(frame, hour, across(hour))),
    ],
    ticks: [0, 4, 8, 12, 16, 20, 24].map((hour) => ({ x: frame.x, y: across(hour), width: frame.width, height: 0 })),
    edges: tracks.map((_, i) => ({ x: frame.x + i * column, y: frame.y, width: 0, height: HEIGHT })),
  };
}

/** The hours of the day that `at` falls on. */
export function dayGrid(at: Instant, clock: WallClock, width: number): Grid {
  const start = dayStart(clock, at);
  const midnight = start + clock.offset(start);
  const hours = Array.from({ length: 24 }, (_, hour) => clock.instant(midnight + hour * HOUR_MS));
  const frame = frameIn(width);
  const minutes = [0, 15, 30, 45];
  const along = (minute: number) => frame.x + (minute / 60) * frame.width;
  return {
    zoom: "day",
    tracks: [...hours, addDays(clock, at, 1)],
    clock,
    span_ms: HOUR_MS,
    piece_ms: HOUR_MS / 60,
    frame,
    labels: [
      ...minutes.map((minute) => ({ x: along(minute), y: 16, text: `:${two(minute)}`, anchor: "start" as const })),
      ...hours.map((_, hour) => ({
        x: frame.x - 6,
        y: frame.y + (hour + 0.5) * HOUR_PX + 4,
        text: two(hour),
        anchor: "end" as const,
      })),
    ],
    ticks: minutes.map((minute) => ({ x: along(minute), y: frame.y, width: 0, height: HEIGHT })),
    edges: Array.from({ length: 25 }, (_, i) => ({
      x: frame.x,
      y: frame.y + i * HOUR_PX,
      width: frame.width,
      height: 0,
    })),
  };
}

/** The height of every grid. */
export const GRID_HEIGHT = HEIGHT + HEAD_PX;

/** A stretch of time as one box a track. */
export function boxes(grid: Grid, from: Instant, to: Instant): Rect[] {
  return grid.tracks.slice(0, -1).flatMap((start, track) => {
    const end = grid.tracks[track + 1] ?? start;
    if (to <= start || from >= end) return [];
    const low = from <= start ? 0 : share(grid, from);
    const high = to >= end ? 1 : share(grid, to);
    return high > low ? [rect(grid, track, low, high)] : [];
  });
}

/** A piece of a track, filled across from `offset` for `part` of what sends may fill. */
export function bar(grid: Grid, track: number, piece: number, offset: number, part: number): Rect {
  const low = (piece * grid.piece_ms) / grid.span_ms;
  const box = rect(grid, track, low, low + grid.piece_ms / grid.span_ms);
  if (grid.zoom === "week") {
    const room = Math.max(0, box.width - INK.spare);
    return {
      x: box.x + INK.from + offset * room,
      y: box.y + 0.5,
      width: Math.max(2, part * room),
      height: box.height - 1,
    };
  }
  const room = box.height - 4;
  const height = Math.max(2, part * room);
  return {
    x: box.x + 0.5,
    y: box.y + box.height - 1 - offset * room - height,
    width: Math.max(1, box.width - 1),
    height,
  };
}

/** A thin mark along the beginning of a box. */
export function mark(grid: Grid, box: Rect): Rect {
  return grid.zoom === "week"
    ? { x: box.x + 3, y: box.y + 0.5, width: 3, height: Math.max(1, box.height - 1) }
    : { x: box.x + 0.5, y: box.y + box.height / 2 - 1.5, width: Math.max(1, box.width - 1), height: 3 };
}

function share(grid: Grid, at: Instant): number {
  return (wallOfDay(grid.clock, at) % grid.span_ms) / grid.span_ms;
}

function rect({ zoom, frame, tracks }: Grid, track: number, low: number, high: number): Rect {
  const thick = (zoom === "week" ? frame.width : frame.height) / (tracks.length - 1);
  return zoom === "week"
    ? { x: frame.x + track * thick, y: frame.y + low * frame.height, width: thick, height: (high - low) * frame.height }
    : { x: frame.x + low * frame.width, y: frame.y + track * thick, width: (high - low) * frame.width, height: thick };
}

function frameIn(width: number): Rect {
  const gutter = width < 480 ? 24 : 40;
  return { x: gutter, y: HEAD_PX, width: Math.max(0, width - gutter), height: HEIGHT };
}

function hourLabel(frame: Rect, hour: number, y: number): Label {
  const inside = Math.min(Math.max(y + 4, frame.y + 9), frame.y + HEIGHT);
  return { x: frame.x - 6, y: inside, text: two(hour), anchor: "end" };
}
