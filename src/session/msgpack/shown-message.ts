// A message as one line for a log that others may read: sizes replace most texts, which may be secrets, output or the
// contents of files. Pure.
import { clip } from "../../base/clip.ts";
import { Float } from "../../base/python-values.ts";
import { type MsgpackMap, type MsgpackValue, Utf8Text } from "../../wire/msgpack/index.ts";

/** Items of a list or map that are shown. */
const SHOWN_ITEMS = 20;

/** Fields with useful texts that are not secret: names and paths. */
const SHOWN_TEXTS: ReadonlySet<string> = new Set([
  "op",
  "command_id",
  "command_name",
  "builder_name",
  "why",
  "path",
  "paths",
  "from_path",
  "to_path",
  "workdir",
  "newline_re",
]);

export function shownMessage(message: MsgpackValue): string {
  if (!(message instanceof Map)) return shown("", message);
  const fields = message as MsgpackMap;
  const isUpdate = fields.get("op") === "update";
  const hasError = fields.has("is_exception");
  const entries = [...fields].map(([key, value]) => {
    if (key === "result" && hasError) return `${key}: ${shown("op", value)}`;
    if (key === "args" && isUpdate) return `${key}: ${shownUpdates(value)}`;
    return `${clip(key)}: ${shown(key, value)}`;
  });
  return `{${entries.join(", ")}}`;
}

/** Shows the names of updates, but not their values. */
function shownUpdates(value: MsgpackValue): string {
  if (!Array.isArray(value)) return shown("", value);
  return list(value as readonly MsgpackValue[], (pair) => {
    if (!Array.isArray(pair)) return shown("", pair);
    const [key, ...rest] = pair as readonly MsgpackValue[];
    return `[${[shown("op", key ?? null), ...rest.map((item) => shown("", item))].join(", ")}]`;
  });
}

/** `key` is the key of the value in its map. */
function shown(key: string, value: MsgpackValue): string {
  if (typeof value === "string") {
    return SHOWN_TEXTS.has(key) ? JSON.stringify(clip(value)) : `<${value.length} characters>`;
  }
  if (value instanceof Utf8Text) return `<${value.bytes.length} bytes of text>`;
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (value instanceof Float) return String(value.value);
  if (value instanceof Map) {
    // Even the names of environment variables may be secret.
    if (key === "env" || key === "environ") return `<${value.size} variables>`;
    return `{${list([...(value as MsgpackMap)], ([name, item]) => `${clip(name)}: ${shown(name, item)}`, "")}}`;
  }
  if (Array.isArray(value)) return list(value as readonly MsgpackValue[], (item) => shown(key, item));
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

function list<Item>(items: readonly Item[], show: (item: Item) => string, brackets = "[]"): string {
  const more = items.length > SHOWN_ITEMS ? [`${items.length - SHOWN_ITEMS} more`] : [];
  const text = [...items.slice(0, SHOWN_ITEMS).map(show), ...more].join(", ");
  return `${brackets.slice(0, 1)}${text}${brackets.slice(1)}`;
}
