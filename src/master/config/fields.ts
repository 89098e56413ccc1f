// Schemas for the kinds of values in our YAML files; their messages are sentences. Independent of the keys.
import * as v from "valibot";
import { clip } from "../../base/clip.ts";
import { didYouMean } from "../../base/near-name.ts";
import { LARGEST_PORT } from "../../base/ports.ts";
import { bytesOf, durationPattern, secondsOf, sizePattern } from "./units.ts";

/** Timers cannot wait longer. */
const LONGEST_SECONDS = 2_000_000;
const LONGEST_NAME_CHARS = 100;
const LONGEST_TEXT_CHARS = 100_000;

/** A mapping with these keys and no others. */
export function mapping<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(
    v.custom<Record<string, unknown>>(isMapping, expected("a mapping")),
    v.strictObject(entries, (issue) => keySentence(issue, Object.keys(entries))),
  );
}

/** A mapping with exactly one of these keys, as an item of a list. */
export function oneKindOf<const Entries extends v.ObjectEntries>(noun: string, kinds: Entries) {
  return v.pipe(
    mapping(kinds),
    v.check(
      (item) => Object.keys(item).length === 1,
      `expected exactly one of ${Object.keys(kinds).join(", ")}; start each ${noun} with its own -`,
    ),
    v.title(noun),
  );
}

/** A mapping whose keys match `key`. */
export function dictionary<const Key extends v.GenericSchema<string, string>, const Value extends v.GenericSchema>(
  key: Key,
  value: Value,
) {
  return v.pipe(
    v.custom<Record<string, unknown>>(isMapping, expected("a mapping")),
    v.record(key, value, expected("a mapping")),
  );
}

export function list<const Item extends v.GenericSchema>(item: Item) {
  return v.array(item, expected("a list"));
}

/** A list with at least one item. */
export function fullList<const Item extends v.GenericSchema>(item: Item) {
  return v.pipe(list(item), v.minLength(1, "expected at least one, got an empty list"));
}

export function oneOf<const Words extends readonly string[]>(words: Words) {
  const choice = `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
  return v.picklist(words, (issue) => {
    const hint = typeof issue.input === "string" ? didYouMean(issue.input, words, "") : "";
    return expected(choice)(issue) + hint;
  });
}

/** An optional key. */
export function optional<const Schema extends v.GenericSchema>(schema: Schema, description: string) {
  return v.optional(v.pipe(schema, v.description(description)));
}

/** An optional key with a default. */
export function withDefault<const Schema extends v.GenericSchema, const Default extends v.InferInput<Schema>>(
  schema: Schema,
  standard: Default,
  description: string,
) {
  return v.optional(v.pipe(schema, v.description(description)), standard);
}

export const anyText = v.pipe(
  v.string(expected("text")),
  v.maxLength(LONGEST_TEXT_CHARS, `expected at most ${LONGEST_TEXT_CHARS} characters`),
  v.check((value) => !value.includes("\0"), "expected text without null characters"),
);

export const fullText = v.pipe(anyText, v.minLength(1, "expected text, got empty text"));

/** On the worker or on the master. */
export const path = v.pipe(fullText, v.title("path"));

export const name = v.pipe(
  fullText,
  v.maxLength(LONGEST_NAME_CHARS, `expected at most ${LONGEST_NAME_CHARS} characters`),
  v.check((value) => !/\p{Cc}/u.test(value), "expected a name without control characters"),
  v.check((value) => value === value.trim(), "expected a name without leading or trailing spaces"),
);

export const variableName = v.pipe(
  v.string(),
  v.regex(/^[^=]+$/, (issue) => `expected a name without '=', got ${shown(issue.input)}`),
);

export const trueOrFalse = v.boolean(expected("true or false"));

export function wholeNumber(least: number, most: number, what = `a whole number from ${least} to ${most}`) {
  return v.pipe(
    v.number(expected(what)),
    v.integer(expected(what)),
    v.minValue(least, expected(what)),
    v.maxValue(most, expected(what)),
  );
}

export const portNumber = wholeNumber(0, LARGEST_PORT, "a port from 0 to 65535");

const DURATION = "a duration such as 20m, 1h 30m or a number of seconds";
export const duration = v.pipe(
  v.union(
    [
      v.pipe(v.number(), v.minValue(0, expected(DURATION))),
      v.pipe(v.string(), v.regex(durationPattern, expected(DURATION))),
    ],
    expected(DURATION),
  ),
  v.check(
    (value) => secondsOf(value) <= LONGEST_SECONDS,
    (issue) => `expected at most ${LONGEST_SECONDS} seconds, got ${shown(issue.input)}`,
  ),
  v.title("duration"),
);

const SIZE = "a size such as 100MB, 1GiB or a number of bytes";
export const size = v.pipe(
  v.union(
    [
      v.pipe(v.number(), v.integer(expected(SIZE)), v.minValue(0, expected(SIZE))),
      v.pipe(v.string(), v.regex(sizePattern, expected(SIZE))),
    ],
    expected(SIZE),
  ),
  v.check(
    // An invalid size is reported by the pattern.
    (value) => !(bytesOf(value) > Number.MAX_SAFE_INTEGER),
    (issue) => `expected a smaller size, got ${shown(issue.input)}`,
  ),
  v.title("size"),
);

/** A path on the master that must not lead out of its directory. */
export const pathBelow = v.pipe(
  fullText,
  v.check(staysBelow, (issue) => `expected a relative path without '..', got ${shown(issue.input)}`),
  v.title("path"),
);

/** Of a property of builds. */
export const propertyName = v.pipe(
  v.string(),
  v.regex(/^[\w.-]{1,100}$/, expected("a name of letters, digits, '.', '_' and '-'")),
);

/** A token in the address would be visible in process listings. */
export const repository = v.pipe(
  fullText,
  v.regex(/^(?!-)/, expected("a repository")),
  v.check(
    (value) => !/^[a-z+]+:\/\/[^/@:]*:[^/@]*@/i.test(value),
    "expected an address without a password; use `token`",
  ),
  v.title("repository"),
);

/** The sentence for a value of another kind. */
export function expected(what: string): (issue: { readonly input: unknown }) => string {
  return ({ input }) => {
    const quote = what === "text" && ["number", "boolean"].includes(typeof input) ? "; put it in quotes" : "";
    return `expected ${what}, got ${shown(input)}${quote}`;
  };
}

/** A value as it appears in a sentence. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "string") return `'${clip(value)}'`;
  return typeof value === "number" ? `the number ${value}` : JSON.stringify(value);
}

function keySentence(issue: v.StrictObjectIssue, keys: readonly string[]): string {
  const key = String(issue.path?.at(-1)?.key);
  if (issue.expected !== "never") return `${key} is missing`;
  return `unknown key '${clip(key)}'${didYouMean(key, keys, "") || `; expected one of ${keys.join(", ")}`}`;
}

function isMapping(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function staysBelow(path: string): boolean {
  return !path.startsWith("/") && !path.split("/").includes("..");
}
