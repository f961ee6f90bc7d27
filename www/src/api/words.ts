/** What the console asks about words and links that a team does not allow, and what they hold. */

import { client, type Loose, query, told } from "./client";
import type { Schemas } from "./types";

type Paged = { cursor?: string; limit?: number };
const by = (id: string) => ({ path: { id } });

export const words = {
  list: (asked: Loose<Paged & { kind: Schemas["WordKind"] }>) =>
    told(client.GET("/words", { params: { query: query(asked) } })),
  add: (body: Schemas["NewWord"]) => told(client.POST("/words", { body })),
  remove: (id: string) => told(client.DELETE("/words/{id}", { params: by(id) })),
  test: (text: string) => told(client.POST("/words/test", { body: { text } })),

  reviews: (asked: Loose<Paged>) => told(client.GET("/reviews", { params: { query: query(asked) } })),
  clear: (id: string, note: string) => told(client.POST("/reviews/{id}/clear", { params: by(id), body: note ? { note } : {} })),
  refuse: (id: string, note: string) => told(client.POST("/reviews/{id}/refuse", { params: by(id), body: note ? { note } : {} })),
};
