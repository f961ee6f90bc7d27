// The migrations as one file for `wrangler d1 execute --file`.
//
// `wrangler d1 migrations apply --remote` sends each file to D1's query endpoint, which cuts it at its
// semicolons, those inside a trigger among them. What a file is imported with leaves it whole, and either
// all of it holds or nothing.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { inRoot } from "./root.mjs";

/** The table in which wrangler, too, keeps which ones were applied. */
export const TABLE =
  "CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, " +
  "name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)";

/** The names of the migrations in a folder that a database with the names `applied` has not seen. */
export function pending(applied, folder = inRoot("migrations")) {
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql")).sort();
  const foreign = applied.find((name) => !names.includes(name));
  if (foreign) throw new Error(`the database has migration \`${foreign}\`, which this version lacks; update Tidegate`);
  return names.filter((name) => !applied.includes(name));
}

/** These migrations, and the notes that they were applied, as one text. */
export function together(names, folder = inRoot("migrations")) {
  const of = (name) => `${readFileSync(join(folder, name), "utf8").trimEnd()}\nINSERT INTO d1_migrations (name) VALUES ('${name}');\n`;
  return names.map(of).join("\n");
}
