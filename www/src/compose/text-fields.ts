/**
 * The fields of a message's text, `{{ first_name | default("there") }}`, filled in for showing.
 * What goes out is filled in by the server, whose language this follows as far as a single
 * field goes; tags such as `{% if %}` are shown as they are written.
 */

const RESERVED = ["and", "else", "false", "if", "in", "is", "loop", "none", "not", "or", "self", "true"];

/** The name in texts of the column called `heading` in a file: `First Name` is `first_name`. */
export function fieldName(heading: string): string {
  const words = heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{XIDC}]+|_+/gu, "_");
  const name = words.replace(/^_+|_+$/g, "");
  const started = /^\p{XIDS}/u.test(name) ? name : `_${name}`;
  return RESERVED.includes(started) ? `${started}_` : started;
}

const FIELD = /\{\{\s*([\p{XIDS}_][\p{XIDC}]*)\s*((?:\|[^{}]*)?)\}\}/gu;

const FILTERS: Record<string, (text: string) => string> = {
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  capitalize: capitalized,
  title: (text) => text.replace(/[^ -]+/g, capitalized),
  trim: (text) => text.trim(),
};

function capitalized(text: string): string {
  const [first = "", ...rest] = text;
  return first.toUpperCase() + rest.join("").toLowerCase();
}

/** The text as the person of the example reads it. */
export function filled(text: string, example: Record<string, string>): string {
  return text.replace(FIELD, (field: string, name: string, filters: string) => {
    const value = apply(example[name.toLowerCase()], filters);
    return value ?? field;
  });
}

/** Undefined where the person has no value and the text gives no other. */
function apply(value: string | undefined, filters: string): string | undefined {
  return filters
    .split("|")
    .map((filter) => filter.trim())
    .filter(Boolean)
    .reduce<string | undefined>((text, filter) => {
      const [, otherwise] = /^(?:default|d)\(\s*["'](.*)["']\s*\)$/.exec(filter) ?? [];
      if (otherwise !== undefined) return text || otherwise;
      return text === undefined ? undefined : (FILTERS[filter]?.(text) ?? text);
    }, value);
}

/** The fields that no column of the file gives, and for which the text has no other words. */
export function strangeFields(text: string, fields: string[]): string[] {
  const asked = [...text.matchAll(FIELD)].filter(([, , filters = ""]) => !/\|\s*(?:default|d)\b/.test(filters));
  const names = asked.map(([, name = ""]) => name.toLowerCase());
  return [...new Set(names)].filter((name) => !fields.includes(name));
}
