// The messages over MessagePack (buildbot-msgpack.md §2): a request with its fields, or a response. Pure.

import type { MsgpackMap, MsgpackValue } from "../../wire/msgpack/index.ts";
import { sessionErrors } from "../errors.ts";

export type SequenceNumber = number | bigint;

export type MsgpackMessage =
  | { readonly type: "request"; readonly op: string; readonly number: SequenceNumber; readonly fields: MsgpackMap }
  | { readonly type: "result"; readonly number: SequenceNumber; readonly value: MsgpackValue }
  | { readonly type: "failure"; readonly number: SequenceNumber; readonly text: string }
  /** It cannot be answered; Buildbot's own peers ignore it. */
  | { readonly type: "unusable"; readonly why: string };

const RESPONSE = "response";

/** Throws ERR_MSGPACK_STATE for anything but a map. */
export function readMessage(value: MsgpackValue): MsgpackMessage {
  if (!(value instanceof Map)) throw sessionErrors.msgpackState("expected a map as a message, got something else");
  const fields = value as MsgpackMap;
  const [op, number] = [fields.get("op"), fields.get("seq_number")];
  if (typeof op !== "string") return { type: "unusable", why: "without an op" };
  if (typeof number !== "number" && typeof number !== "bigint")
    return { type: "unusable", why: "without a seq_number" };
  if (op !== RESPONSE) return { type: "request", op, number, fields };
  const result = fields.get("result") ?? null;
  // Its mere presence marks a failure.
  if (!fields.has("is_exception")) return { type: "result", number, value: result };
  return { type: "failure", number, text: typeof result === "string" ? result : "something other than text" };
}

export function requestMessage(op: string, number: SequenceNumber, fields: MsgpackMap): MsgpackMap {
  return new Map<string, MsgpackValue>([["op", op], ...fields, ["seq_number", number]]);
}

export function resultMessage(number: SequenceNumber, value: MsgpackValue): MsgpackMap {
  return new Map<string, MsgpackValue>([
    ["op", RESPONSE],
    ["seq_number", number],
    ["result", value],
  ]);
}

export function failureMessage(number: SequenceNumber, text: string): MsgpackMap {
  return new Map<string, MsgpackValue>([...resultMessage(number, text), ["is_exception", true]]);
}
