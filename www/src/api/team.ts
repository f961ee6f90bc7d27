/** The routes about the team: who is in it, their keys, what it sets, and what was changed. */

import type { Instant, Policy } from "../engine";
import { call, part } from "./api";
import type { Channel, Lateness, Page, Role } from "./types";

export interface Team {
  id: string;
  name: string;
  policy: Policy;
  queue: "on" | "off";
  lexicon: string | null;
  defaults: Defaults;
  version: number;
  created_at: Instant;
}

/** What a new sender and a new campaign have where they say nothing. */
export interface Defaults {
  region?: string | null;
  policy?: Policy;
  lateness?: Lateness;
}

export interface User {
  id: string;
  name: string;
  email: string | null;
  time_zone: string;
  is_owner: boolean;
  disabled: boolean;
  created_at: Instant;
  teams: { team_id: string; role: Role }[];
}

export interface Key {
  id: string;
  name: string;
  user_id: string;
  user_name: string;
  role: Role | null;
  team_id: string | null;
  created_at: Instant;
  expires_at: Instant | null;
  last_used_at: Instant | null;
  revoked_at: Instant | null;
}

export interface AuditEntry {
  at: Instant;
  by: string;
  user_id: string | null;
  key_id: string | null;
  what: string;
  subject: string;
  before: unknown;
  after: unknown;
}

/** What a user sent since local midnight. */
export interface Day {
  since: Instant;
  time_zone: string;
  channels: {
    channel: Channel;
    sent: number;
    queued: number;
    single: number;
    manual: number;
    goal: number | null;
    left: number | null;
  }[];
}

export interface AuditQuery {
  user_id?: string | null;
  what?: string | null;
  subject?: string | null;
  from?: string | null;
  to?: string | null;
  cursor?: string | null;
  limit?: number;
}

export const teamApi = {
  team: (id: string) => call<Team>("GET", `/teams/${part(id)}`),
  createTeam: (name: string) => call<Team>("POST", "/teams", { body: { name } }),
  changeTeam: (id: string, fields: Partial<Pick<Team, "name" | "policy" | "queue" | "lexicon" | "defaults">> & { version?: number }) =>
    call<Team & { held?: number }>("PATCH", `/teams/${part(id)}`, { body: fields }),

  users: (query: { cursor?: string | null; limit?: number } = {}) => call<Page<User>>("GET", "/users", { query }),
  createUser: (fields: { name: string; email?: string }) => call<User>("POST", "/users", { body: fields }),
  changeUser: (id: string, fields: Partial<Pick<User, "name" | "email" | "time_zone" | "disabled" | "is_owner">>) =>
    call<User>("PATCH", `/users/${part(id)}`, { body: fields }),
  putMember: (team: string, user: string, role: Role) =>
    call<unknown>("PUT", `/teams/${part(team)}/members/${part(user)}`, { body: { role } }),
  removeMember: (team: string, user: string) => call<null>("DELETE", `/teams/${part(team)}/members/${part(user)}`),

  keys: (query: { cursor?: string | null; user_id?: string | null; limit?: number }) =>
    call<Page<Key>>("GET", "/keys", { query }),
  createKey: (fields: {
    name: string;
    user_id?: string;
    role?: Role | null;
    team_id?: string | null;
    expires_at?: Instant | null;
  }) => call<Key & { key: string }>("POST", "/keys", { body: fields }),
  revokeKey: (id: string) => call<null>("DELETE", `/keys/${part(id)}`),

  audit: (query: AuditQuery) => call<Page<AuditEntry>>("GET", "/audit", { query: { ...query } }),

  day: () => call<Day>("GET", "/me/goals"),
  setGoals: (fields: { time_zone?: string; goals?: Partial<Record<Channel, number | null>> }) =>
    call<Day>("PUT", "/me/goals", { body: fields }),
};
