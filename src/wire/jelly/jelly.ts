// Values → s-expressions (perspective-broker.md §3.1). A shared object is written as often as it occurs,
// which every receiver accepts; forms that stand for code are never written.

import { Float, Tuple } from "../../base/python-values.ts";
import { bananaLimits, type Encodable } from "../banana/index.ts";
import { wireErrors } from "../errors.ts";
import { Failure } from "./failure.ts";
import { FAILURE_CLASS, failureState } from "./failure-state.ts";
import { type JellyDictionary, JellySet, type JellyValue, Local, Opaque, Remote, Text } from "./values.ts";

// null = [None]                      text  = [unicode, utf8]          list = [list, item…]    tuple = [tuple, item…]
// bool = [boolean, true | false]     bytes = the bare byte string     dict = [dictionary, [key, value]…]
/** Throws ERR_JELLY_UNSENDABLE for text with lone surrogates and for values that are nested too deeply or cyclic. */
export function jelly(value: JellyValue): Encodable {
  return jellyAt(value, 0);
}

function jellyAt(value: JellyValue, depth: number): Encodable {
  if (depth > bananaLimits.depth) throw wireErrors.jellyUnsendable("a value that is nested too deeply");
  if (value === null) return ["None"];
  if (typeof value === "bigint") return value;
  if (typeof value === "boolean") return ["boolean", value ? "true" : "false"];
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw wireErrors.jellyUnsendable(`the number ${value}, which is not an integer`);
    return value;
  }
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw wireErrors.jellyUnsendable("text with an unpaired surrogate");
    return ["unicode", value];
  }
  return jellyObject(value, depth + 1);
}

function jellyObject(value: Exclude<JellyValue, null | string | number | bigint | boolean>, depth: number): Encodable {
  const jellyAll = (items: readonly JellyValue[]) => items.map((item) => jellyAt(item, depth));
  if (isList(value)) return ["list", ...jellyAll(value)];
  if (value instanceof Uint8Array || value instanceof Float) return value;
  if (value instanceof Text) return ["unicode", value.utf8];
  if (value instanceof Tuple) return ["tuple", ...jellyAll(value.items)];
  if (isDictionary(value)) {
    const entries = [...value];
    return ["dictionary", ...entries.map(([key, item]) => [jellyAt(key, depth), jellyAt(item, depth)])];
  }
  if (value instanceof Remote) return ["remote", value.luid];
  if (value instanceof Local) return ["local", value.luid];
  if (value instanceof Failure) return [FAILURE_CLASS, jellyAt(failureState(value), depth)];
  if (value instanceof JellySet) return [value.frozen ? "frozenset" : "set", ...jellyAll(value.items)];
  if (value instanceof Opaque) return [value.tag, ...value.state];
  return ["unpersistable", value.reason];
}

// TypeScript does not narrow readonly types by itself.
function isList(value: JellyValue): value is readonly JellyValue[] {
  return Array.isArray(value);
}

function isDictionary(value: JellyValue): value is JellyDictionary {
  return value instanceof Map;
}
