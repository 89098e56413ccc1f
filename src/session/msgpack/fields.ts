// Reads the fields of requests, with errors that Buildbot's masters know. Text may arrive as UTF-8 bytes.
import { isUtf8 } from "node:buffer";
import { baseErrors } from "../../base/errors.ts";
import type { MsgpackMap, MsgpackValue } from "../../wire/msgpack/index.ts";
import { sessionErrors } from "../errors.ts";

/** Throws ERR_MISSING_FIELD. */
export function requiredField(fields: MsgpackMap, name: string): MsgpackValue {
  const value = fields.get(name);
  if (value === undefined) throw sessionErrors.missingField(`"${name}" key`);
  return value;
}

/** Throws ERR_MISSING_FIELD or ERR_BAD_ARGUMENTS. */
export function requiredTextField(fields: MsgpackMap, name: string): string {
  const value = requiredField(fields, name);
  const text = fieldText(value);
  if (text === undefined) throw baseErrors.badArguments(name, "text", "something else");
  return text;
}

/** Throws ERR_MISSING_FIELD or ERR_BAD_ARGUMENTS. */
export function requiredMap(fields: MsgpackMap, name: string): MsgpackMap {
  const value = requiredField(fields, name);
  if (value instanceof Map) return value as MsgpackMap;
  throw baseErrors.badArguments(name, "a dictionary", "something else");
}

/** Undefined for anything but text and UTF-8 bytes. */
export function fieldText(value: MsgpackValue): string | undefined {
  if (typeof value === "string") return value;
  return value instanceof Uint8Array && isUtf8(value) ? Buffer.from(value).toString("utf8") : undefined;
}
