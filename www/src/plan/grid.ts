/**
 * Where a stretch of time lies on the page. A grid is a number of tracks, each with a cell on the
 * page along which its time runs: a week is seven days side by side, running down; a day is its
 * hours below one another and an hour its five minutes, running to the right; in a month each day
 * is a cell of its own, running to the right.
 */

import type { Instant } from "../engine";
import { dayOfMonth, weekday } from "../format";
import { addDays, wallOfDay, type WallClock } from "../zone";
import type { Sight, Zoom } from "./sight";

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
  /** True for a day of another month. */
  faint?: boolean;
}

export interface Grid {
  zoom: Zoom;
  clock: WallClock;
  /** The bounds of the tracks, the last one the end of the last track. */
  tracks: Instant[];
  /** Where each track lies, and which way its time runs. */
  cells: Rect[];
  down: boolean;
  /** The wall time a track is long, and the pieces in which sends are counted. */
  span_ms: number;
  piece_ms: number;
  frame: Rect;
  labels: Label[];
  /** Hairlines: a rectangle without a width or without a height. */
  lines: Rect[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const HEAD_PX = 28;
const HEIGHT = 384;
/** What a bar leaves free of its cell: where it begins across, and at the other side. */
const INK = { from: 8, spare: 14, month_head: 18 };

/** The height of every grid. */
export const GRID_HEIGHT = HEIGHT + HEAD_PX;

const two = (n: number) => String(n).padStart(2, "0");
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

export function gridOf(sight: Sight, clock: WallClock, width: number): Grid {
  switch (sight.zoom) {
    case "week":
      return week(sight, clock, width);
    case "month":
      return month(sight, clock, width);
    case "day":
      return rows(sight, clock, width, { row_ms: HOUR_MS, piece_ms: MINUTE_MS, marks: [0, 15, 30, 45], unit_ms: MINUTE_MS });
    case "hour":
      return rows(sight, clock, width, { row_ms: 5 * MINUTE_MS, piece_ms: 2_000, marks: [0, 1, 2, 3, 4], unit_ms: MINUTE_MS });
  }
}

function week({ zoom, from }: Sight, clock: WallClock, width: number): Grid {
  const tracks = range(8).map((i) => addDays(clock, from, i));
  const frame = frameIn(width);
  const column = frame.width / 7;
  const hours = [0, 4, 8, 12, 16, 20, 24];
  const across = (hour: number) => frame.y + (hour / 24) * HEIGHT;
  return {
    zoom,
    clock,
    tracks,
    cells: range(7).map((i) => ({ ...frame, x: frame.x + i * column, width: column })),
    down: true,
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
      ...hours.map((hour) => hourLabel(frame, two(hour), across(hour))),
    ],
    lines: [
      ...hours.map((hour) => ({ x: frame.x, y: across(hour), width: frame.width, height: 0 })),
      ...range(8).map((i) => ({ x: frame.x + i * column, y: frame.y, width: 0, height: HEIGHT })),
    ],
  };
}

function month({ zoom, from, to, at }: Sight, clock: WallClock, width: number): Grid {
  const frame = { x: 0, y: HEAD_PX, width, height: HEIGHT };
  const weeks = Math.round((to - from) / (7 * DAY_MS));
  const [column, row] = [width / 7, HEIGHT / weeks];
  const tracks = range(weeks * 7 + 1).map((i) => addDays(clock, from, i));
  const days = tracks.slice(0, -1);
  const cell = (i: number) => ({ x: (i % 7) * column, y: HEAD_PX + Math.floor(i / 7) * row, width: column, height: row });
  const monthOf = (instant: Instant) => new Date(instant + clock.offset(instant)).getUTCMonth();
  return {
    zoom,
    clock,
    tracks,
    cells: days.map((_, i) => cell(i)),
    down: false,
    span_ms: DAY_MS,
    piece_ms: HOUR_MS,
    frame,
    labels: [
      ...days.slice(0, 7).map((day, i) => ({
        x: (i + 0.5) * column,
        y: 16,
        text: column < 56 ? weekday(clock, day).slice(0, 2) : weekday(clock, day),
        anchor: "middle" as const,
      })),
      ...days.map((day, i) => ({
        x: cell(i).x + 6,
        y: cell(i).y + 14,
        text: dayOfMonth(clock, day),
        anchor: "start" as const,
        heads: day,
        faint: monthOf(day) !== monthOf(at),
      })),
    ],
    lines: [
      ...range(weeks + 1).map((i) => ({ x: 0, y: HEAD_PX + i * row, width, height: 0 })),
      ...range(8).map((i) => ({ x: i * column, y: HEAD_PX, width: 0, height: HEIGHT })),
    ],
  };
}

interface Rows {
  row_ms: number;
  piece_ms: number;
  /** Where in a row a line is drawn, in units. */
  marks: number[];
  unit_ms: number;
}

function rows(sight: Sight, clock: WallClock, width: number, { row_ms, piece_ms, marks, unit_ms }: Rows): Grid {
  const { zoom, from, to } = sight;
  const wall = from + clock.offset(from);
  const n = (zoom === "day" ? DAY_MS : HOUR_MS) / row_ms;
  const starts = range(n).map((i) => (zoom === "day" ? clock.instant(wall + i * row_ms) : from + i * row_ms));
  const frame = frameIn(width);
  const row = HEIGHT / n;
  const along = (mark: number) => frame.x + ((mark * unit_ms) / row_ms) * frame.width;
  const name = (start: Instant, i: number) => {
    if (zoom === "day") return two(i);
    const minutes = Math.floor(wallOfDay(clock, start) / MINUTE_MS);
    return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  };
  return {
    zoom,
    clock,
    tracks: [...starts, to],
    cells: range(n).map((i) => ({ ...frame, y: frame.y + i * row, height: row })),
    down: false,
    span_ms: row_ms,
    piece_ms,
    frame,
    labels: [
      ...marks.map((mark) => ({
        x: along(mark),
        y: 16,
        text: zoom === "day" ? `:${two(mark)}` : `+${mark} min`,
        anchor: "start" as const,
      })),
      ...starts.map((start, i) => ({
        x: frame.x - 6,
        y: frame.y + (i + 0.5) * row + 4,
        text: name(start, i),
        anchor: "end" as const,
      })),
    ],
    lines: [
      ...marks.map((mark) => ({ x: along(mark), y: frame.y, width: 0, height: HEIGHT })),
      ...range(n + 1).map((i) => ({ x: frame.x, y: frame.y + i * row, width: frame.width, height: 0 })),
    ],
  };
}

/** A stretch of time as one box a track. */
export function boxes(grid: Grid, from: Instant, to: Instant): Rect[] {
  return grid.tracks.slice(0, -1).flatMap((start, track) => {
    const end = grid.tracks[track + 1] ?? start;
    if (to <= start || from >= end) return [];
    const low = from <= start ? 0 : share(grid, from);
    const high = to >= end ? 1 : share(grid, to);
    return high > low ? [part(grid, track, low, high)] : [];
  });
}

/** A piece of a track, filled across from `offset` for `share` of what sends may fill. */
export function bar(grid: Grid, track: number, piece: number, offset: number, filled: number): Rect {
  const low = (piece * grid.piece_ms) / grid.span_ms;
  const box = part(grid, track, low, low + grid.piece_ms / grid.span_ms);
  if (grid.down) {
    const room = Math.max(0, box.width - INK.spare);
    return {
      x: box.x + INK.from + offset * room,
      y: box.y + 0.5,
      width: Math.max(2, filled * room),
      height: box.height - 1,
    };
  }
  const room = box.height - (grid.zoom === "month" ? INK.month_head : 0) - 4;
  const height = Math.max(2, filled * room);
  const between = box.width > 4 ? 0.5 : 0;
  return {
    x: box.x + between,
    y: box.y + box.height - 1 - offset * room - height,
    width: Math.max(1, box.width - 2 * between),
    height,
  };
}

/** A thin mark along the beginning of a box. */
export function mark(grid: Grid, box: Rect): Rect {
  if (grid.down) return { x: box.x + 3, y: box.y + 0.5, width: 3, height: Math.max(1, box.height - 1) };
  const y = grid.zoom === "month" ? box.y + box.height - 3 : box.y + box.height / 2 - 1.5;
  return { x: box.x + 0.5, y, width: Math.max(1, box.width - 1), height: grid.zoom === "month" ? 2 : 3 };
}

/** The instant at a place on the page; null beside the tracks. */
export function instantAt(grid: Grid, x: number, y: number): Instant | null {
  const track = grid.cells.findIndex((c) => x >= c.x && x < c.x + c.width && y >= c.y && y < c.y + c.height);
  const [cell, start, end] = [grid.cells[track], grid.tracks[track], grid.tracks[track + 1]];
  if (!cell || start === undefined || end === undefined) return null;
  const along = grid.down ? (y - cell.y) / cell.height : (x - cell.x) / cell.width;
  const wall = start + grid.clock.offset(start) + along * grid.span_ms;
  return Math.min(Math.max(Math.floor(grid.clock.instant(wall)), start), end - 1);
}

function share(grid: Grid, at: Instant): number {
  return (wallOfDay(grid.clock, at) % grid.span_ms) / grid.span_ms;
}

function part({ cells, down }: Grid, track: number, low: number, high: number): Rect {
  const { x, y, width, height } = cells[track] ?? { x: 0, y: 0, width: 0, height: 0 };
  return down
    ? { x, y: y + low * height, width, height: (high - low) * height }
    : { x: x + low * width, y, width: (high - low) * width, height };
}

/** Many boxes as one shape, so that a picture of thousands is a handful of nodes. */
export function shape(rects: Iterable<Rect>): string {
  let path = "";
  for (const { x, y, width, height } of rects) {
    path += `M${round(x)} ${round(y)}h${round(width)}v${round(height)}h${round(-width)}z`;
  }
  return path;
}

/** Hairlines as one shape. */
export const lines = (rects: Rect[]): string =>
  rects.map(({ x, y, width, height }) => `M${round(x)} ${round(y)}h${round(width)}v${round(height)}`).join("");

const round = (n: number) => Math.round(n * 100) / 100;

function frameIn(width: number): Rect {
  const gutter = width < 480 ? 36 : 44;
  return { x: gutter, y: HEAD_PX, width: Math.max(0, width - gutter), height: HEIGHT };
}

function hourLabel(frame: Rect, text: string, y: number): Label {
  const inside = Math.min(Math.max(y + 4, frame.y + 9), frame.y + HEIGHT);
  return { x: frame.x - 6, y: inside, text, anchor: "end" };
}
