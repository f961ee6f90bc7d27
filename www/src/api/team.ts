/** What the console asks about the team: who is in it, their keys, what it sets, and what was changed. */

import type { Policy } from "../engine";
import { client, type Loose, query, told } from "./client";
import type { paths } from "./schema";
import type { Lateness, Schemas, Tracking } from "./types";

export type Role = Schemas["Role"];
export type User = Schemas["User"];
export type Key = Schemas["Key"];
export type AuditEntry = Schemas["AuditEntry"];
/** What a user sent since local midnight. */
export type Day = Schemas["Day"];

/** What a new sender and a new campaign have where they say nothing. */
export interface Defaults {
  region?: string | null;
  policy?: Policy;
  lateness?: Lateness;
  tracking?: Tracking;
}

/** The document leaves rules and defaults open; they are what the engine and a change of the team take. */
export type Team = Omit<Schemas["Team"], "policy" | "person_policy" | "defaults" | "queue"> & {
  policy: Policy;
  /** For each person that it writes to. */
  person_policy: Schemas["PersonPolicy"];
  defaults: Defaults;
  queue: "on" | "off";
};

/** The rules of a law; the document is what a change of the team takes. */
export type Preset = Omit<Schemas["Preset"], "document"> & { document: Schemas["TeamChange"] };

type Query<Path extends "/users" | "/keys" | "/audit"> = Loose<NonNullable<paths[Path]["get"]["parameters"]["query"]>>;

const by = (id: string) => ({ path: { id } });

export const teamApi = {
  team: (id: string) => told(client.GET("/teams/{id}", { params: by(id) })) as Promise<Team>,
  createTeam: (body: Schemas["NewTeam"], key: string) =>
    told(client.POST("/teams", { params: { header: { "Idempotency-Key": key } }, body })) as Promise<Team>,
  changeTeam: (id: string, body: Schemas["TeamChange"]) =>
    told(client.PATCH("/teams/{id}", { params: by(id), body })) as Promise<Team & { held?: number | null }>,

  presets: () => told(client.GET("/presets", { params: { query: { limit: 200 } } })) as Promise<{ items: Preset[] }>,

  users: (asked: Query<"/users"> = {}) => told(client.GET("/users", { params: { query: query(asked) } })),
  createUser: (body: Schemas["NewUser"]) => told(client.POST("/users", { body })),
  changeUser: (id: string, body: Schemas["UserChange"]) => told(client.PATCH("/users/{id}", { params: by(id), body })),
  putMember: (id: string, user: string, role: Role) =>
    told(client.PUT("/teams/{id}/members/{user}", { params: { path: { id, user } }, body: { role } })),
  removeMember: (id: string, user: string) =>
    told(client.DELETE("/teams/{id}/members/{user}", { params: { path: { id, user } } })),

  keys: (asked: Query<"/keys">) => told(client.GET("/keys", { params: { query: query(asked) } })),
  createKey: (body: Schemas["NewKey"]) => told(client.POST("/keys", { body })),
  revokeKey: (id: string) => told(client.DELETE("/keys/{id}", { params: by(id) })),

  audit: (asked: Query<"/audit">) => told(client.GET("/audit", { params: { query: query(asked) } })),

  day: () => told(client.GET("/me/goals")),
  setGoals: (body: Schemas["GoalsAsked"]) => told(client.PUT("/me/goals", { body })),
};
