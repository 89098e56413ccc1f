// Reads the golden vectors of MessagePack; test/vectors/README.md explains their notation.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Float } from "../../src/base/python-values.ts";
import { FloatRuns, type MsgpackMap, type MsgpackValue, Utf8Text } from "../../src/wire/msgpack/values.ts";
import { readVectors } from "./vectors.ts";

const folder = fileURLToPath(new URL("../vectors/msgpack-sessions/", import.meta.url));

export interface MsgpackRecord {
  readonly conn: number;
  /** From the worker to the master, or from the master to the worker. */
  readonly dir: "C>S" | "S>C";
  /** The lines of the handshake. */
  readonly http?: readonly string[];
  /** The bytes of a message, and what Python made of them. */
  readonly payload_b64?: string;
  readonly msg?: MessageView;
}

/** A message in the notation of the vectors. */
export interface MessageView {
  readonly op: string;
  readonly seq_number: number;
  readonly [field: string]: unknown;
}

export interface MsgpackSession {
  readonly worker: { readonly basedir: string; readonly environ: { readonly HOME: string } };
  readonly messages: readonly MsgpackRecord[];
}

export function msgpackSessionNames(): string[] {
  return readdirSync(folder).map((name) => name.replace(/\.json$/, ""));
}

export function readMsgpackSession(name: string): MsgpackSession {
  return readVectors<MsgpackSession>(`msgpack-sessions/${name}.json`);
}

/** The value of a view, as our decoder gives it. */
export function msgpackFromView(view: unknown): MsgpackValue {
  if (view === null || typeof view !== "object") return view as MsgpackValue;
  if (Array.isArray(view)) return view.map(msgpackFromView);
  const form = view as Readonly<Record<string, unknown>>;
  if (typeof form["bin_b64"] === "string") return Buffer.from(form["bin_b64"], "base64");
  if (typeof form["float"] === "string") return new Float(Number(form["float"]));
  return new Map(Object.entries(form).map(([key, item]) => [key, msgpackFromView(item)]));
}

/** A value in the notation of the vectors, to be compared: bytes that are text are as Python decoded them. */
export function msgpackView(value: MsgpackValue): unknown {
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Utf8Text) return Buffer.from(value.bytes).toString("utf8");
  if (value instanceof Uint8Array) return { bin_b64: Buffer.from(value).toString("base64") };
  if (value instanceof Float) return { float: value.value };
  if (value instanceof Uint32Array) return [...value];
  if (value instanceof FloatRuns)
    return value.runs.flatMap(({ value: float, count }) => Array.from({ length: count }, () => ({ float })));
  if (Array.isArray(value)) return (value as readonly MsgpackValue[]).map(msgpackView);
  return Object.fromEntries([...(value as MsgpackMap)].map(([key, item]) => [key, msgpackView(item)]));
}
