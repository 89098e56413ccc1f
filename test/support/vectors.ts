// Reads the golden vectors; test/vectors/README.md explains their notation.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Float, Tuple } from "../../src/base/python-values.ts";
import type { Element } from "../../src/wire/banana/element.ts";
import { Failure } from "../../src/wire/jelly/failure.ts";
import { FAILURE_CLASS, failureState } from "../../src/wire/jelly/failure-state.ts";
import { JellySet, type JellyValue, Local, Opaque, Remote, Text, Unpersistable } from "../../src/wire/jelly/values.ts";

const folder = new URL("../vectors/", import.meta.url);

/** Each test says what shape its own vectors have. */
export function readVectors<Shape>(name: string): Shape {
  return JSON.parse(readFileSync(new URL(name, folder), "utf8"));
}

export interface Session {
  readonly scenario: string;
  readonly events: readonly { conn: number; dir: "S>C" | "C>S" | "-"; hex?: string; event?: string }[];
  readonly messages: readonly { conn: number; dir: "S>C" | "C>S"; offset: number; length: number; pb: unknown }[];
}

export function sessionNames(): string[] {
  return readdirSync(fileURLToPath(new URL("sessions/", folder)))
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.replace(/\.json$/, ""));
}

export function readSession(name: string): Session {
  return readVectors<Session>(`sessions/${name}.json`);
}

/** All bytes of one direction of one connection. */
export function sessionStream(session: Session, conn: number, dir: "S>C" | "C>S"): Buffer {
  return Buffer.concat(
    session.events
      .filter((e) => e.conn === conn && e.dir === dir && e.hex !== undefined)
      .map((e) => bytes(e.hex ?? "")),
  );
}

export function bytes(hex: string): Buffer {
  return Buffer.from(hex, "hex");
}

/** The `sexp` notation: banana elements. */
export function elementOf(sexp: unknown): Element {
  if (typeof sexp === "number") return sexp;
  if (typeof sexp === "string") return Buffer.from(sexp);
  if (Array.isArray(sexp)) return sexp.map(elementOf);
  const form = sexp as { v?: string; hex?: string; i?: string; f?: string };
  if (form.v !== undefined) return Buffer.from(form.v);
  if (form.hex !== undefined) return bytes(form.hex);
  if (form.i !== undefined) return integerOf(form.i);
  return new Float(floatOf(form.f ?? ""));
}

/** Elements in a form that `toEqual` can compare: bytes as latin1 text, so that a view equals a copy. */
export function comparable(element: Element): unknown {
  if (element instanceof Uint8Array) return { bytes: Buffer.from(element).toString("latin1") };
  if (element instanceof Float) return { float: Object.is(element.value, -0) ? "-0" : String(element.value) };
  return Array.isArray(element) ? element.map(comparable) : element;
}

/** A decoded value in the vectors' view notation. */
export function viewOf(value: JellyValue): unknown {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return { int: String(value) };
  if (value instanceof Uint8Array) return bytesView(value);
  if (value instanceof Float) return { float: pythonFloat(value.value) };
  if (value instanceof Tuple) return { tuple: value.items.map((item) => viewOf(item)) };
  if (value instanceof Map)
    return { dict: [...value].map(([k, v]) => [viewOf(k as JellyValue), viewOf(v as JellyValue)]) };
  if (value instanceof JellySet) return { [value.frozen ? "frozenset" : "set"]: value.items.map(viewOf) };
  if (value instanceof Remote) return { remote: value.luid };
  if (value instanceof Local) return { local: value.luid };
  if (value instanceof Opaque) return { instance: value.tag, state: value.state.map((e) => viewOf(e as JellyValue)) };
  if (value instanceof Failure) return { instance: FAILURE_CLASS, state: [viewOf(failureState(value))] };
  if (value instanceof Unpersistable) return { unpersistable: value.reason };
  if (value instanceof Text) return Buffer.from(value.utf8).toString("utf8");
  return (value as readonly JellyValue[]).map(viewOf);
}

/** A value of the view notation, for sending. `reference` and `dereference` are written out. */
export function valueFromView(view: unknown, shared = new Map<number, JellyValue>()): JellyValue {
  if (view === null || typeof view !== "object") return view as JellyValue;
  if (Array.isArray(view)) return view.map((item) => valueFromView(item, shared));
  const form = view as Record<string, never>;
  const all = (items: readonly unknown[]) => items.map((item) => valueFromView(item, shared));
  if ("bytes" in form) return Buffer.from(form["bytes"]);
  if ("bytes_b64" in form) return Buffer.from(form["bytes_b64"], "base64");
  if ("int" in form) return integerOf(form["int"]);
  if ("float" in form) return new Float(floatOf(form["float"]));
  if ("tuple" in form) return new Tuple(all(form["tuple"]));
  if ("set" in form) return new JellySet(all(form["set"]), false);
  if ("frozenset" in form) return new JellySet(all(form["frozenset"]), true);
  if ("dict" in form) {
    return new Map(
      (form["dict"] as [unknown, unknown][]).map(([k, v]) => [valueFromView(k, shared), valueFromView(v, shared)]),
    );
  }
  if ("remote" in form) return new Remote(form["remote"]);
  if ("local" in form) return new Local(form["local"]);
  if ("reference" in form) {
    const value = valueFromView(form["value"], shared);
    shared.set(form["reference"], value);
    return value;
  }
  if ("dereference" in form) return shared.get(form["dereference"]) ?? null;
  return instanceOf(form as unknown as { instance: string; state: unknown[] }, shared);
}

function instanceOf(form: { instance: string; state: unknown[] }, shared: Map<number, JellyValue>): JellyValue {
  if (form.instance !== FAILURE_CLASS) {
    return new Opaque(
      form.instance,
      form.state.map((item) => valueFromView(item, shared) as Element),
    );
  }
  const fields = valueFromView(form.state[0], shared) as ReadonlyMap<JellyValue, JellyValue>;
  const text = (key: string) => {
    const value = fields.get(key);
    return value instanceof Uint8Array ? Buffer.from(value).toString() : String(value ?? "");
  };
  return new Failure({
    type: text("type"),
    message: text("value"),
    traceback: text("traceback"),
    parents: (fields.get("parents") ?? []) as string[],
  });
}

function bytesView(value: Uint8Array): unknown {
  const text = Buffer.from(value).toString("utf8");
  return Buffer.from(text).equals(value) ? { bytes: text } : { bytes_b64: Buffer.from(value).toString("base64") };
}

function integerOf(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

function floatOf(text: string): number {
  if (text === "inf") return Number.POSITIVE_INFINITY;
  if (text === "-inf") return Number.NEGATIVE_INFINITY;
  return Number(text);
}

function pythonFloat(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  if (value === Number.POSITIVE_INFINITY) return "inf";
  if (value === Number.NEGATIVE_INFINITY) return "-inf";
  if (Number.isNaN(value)) return "nan";
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value);
}
