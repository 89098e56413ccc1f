// Lists, tuples and dicts: methods, items and slices. `os.environ` is a dict of strings that records which variable its
// values come from.
import {
  INT,
  type Invocation,
  ITEMS,
  type KnownFunctions,
  mayHave,
  takes,
  textArgument,
  VALUE,
} from "./known-function.ts";
import { equal, orderOf } from "./operators.ts";
import {
  type DictValue,
  describeValue,
  dict,
  isSequence,
  iterated,
  keyOf,
  listOf,
  NONE,
  sequence,
  text,
  tracedTo,
  truth,
  tupleOf,
  type Value,
  viewOf,
} from "./value.ts";

const DICT = {
  read: (call: Invocation, value: Value) => (value.kind === "dict" ? value : call.refuseUnread("a dict is expected")),
};
const LIST = {
  read: (call: Invocation, value: Value) => (isSequence(value) ? value.items : call.refuseUnread("a list is expected")),
};
const REVERSE = mayHave(VALUE, "reverse");

export const containerMethods: KnownFunctions = {
  "dict.get": takes(
    [DICT, VALUE, mayHave(VALUE)],
    (call, target, key, otherwise = NONE) => entry(call, target, key) ?? otherwise,
  ),
  "dict.keys": takes([DICT], (_, target) => viewOf(iterated(target)!)),
  "dict.values": takes([DICT], (_, target) => viewOf([...target.entries.values()].map(([, value]) => value))),
  "dict.items": takes([DICT], (_, target) => viewOf([...target.entries.values()].map((pair) => tupleOf([...pair])))),
  "dict.copy": takes([DICT], (_, target) => dict(target.entries)),
  "dict.update": (call) =>
    nothing(addPairs(DICT.read(call, call.positional[0] ?? NONE), call, call.positional.slice(1))),
  "dict.setdefault": takes([DICT, VALUE, mayHave(VALUE)], (call, target, key, value = NONE) => {
    if (entry(call, target, key) === undefined) setEntry(call, target, key, value);
    return entry(call, target, key);
  }),
  "dict.pop": takes([DICT, VALUE, mayHave(VALUE)], (call, target, key, otherwise) => {
    const value = entry(call, target, key) ?? otherwise ?? missing(call, target, key);
    target.entries.delete(keyArgument(call, key));
    return value;
  }),
  "list.append": takes([LIST, VALUE], (_, items, value) => nothing(items.push(value))),
  "list.extend": takes([LIST, ITEMS], (_, items, more) => nothing(items.push(...more))),
  "list.insert": takes([LIST, INT, VALUE], (_, items, at, value) => nothing(items.splice(at, 0, value))),
  "list.remove": takes([LIST, VALUE], (call, items, value) => nothing(items.splice(placeOf(call, items, value), 1))),
  "list.pop": takes(
    [LIST, mayHave(VALUE)],
    (call, items, at = LAST) => items.splice(indexWithin(items.length, at, call), 1)[0],
  ),
  "list.sort": takes([LIST, REVERSE], (call, items, reverse) =>
    nothing(items.splice(0, items.length, ...sorted(call, items, reverse))),
  ),
  "list.reverse": takes([LIST], (_, items) => nothing(items.reverse())),
  "list.copy": takes([LIST], (_, items) => listOf([...items])),
  "list.index": takes([LIST, VALUE], placeOf),
  "tuple.index": takes([LIST, VALUE], placeOf),
  sorted: takes([ITEMS, REVERSE], (call, items, reverse) => listOf(sorted(call, items, reverse))),
  dict: (call) => addPairs(dict(), call, call.positional),
};

function nothing(_done: unknown): null {
  return null;
}

const LAST: Value = { kind: "int", value: -1 };

function keyArgument(call: Invocation, key: Value): string {
  return keyOf(key) ?? call.refuseUnread(`${describeValue(key)} is a key`);
}

function entry(call: Invocation, target: DictValue, key: Value): Value | undefined {
  return target.entries.get(keyArgument(call, key))?.[1];
}

function missing(call: Invocation, target: DictValue, key: Value): never {
  if (!target.isEnvironment) call.raise("KeyError", "a key is not in the dict");
  return call.raise("KeyError", `the environment variable ${textArgument(call, key)} is not set`);
}

/** `target[key] = value`. */
export function setEntry(call: Invocation, target: DictValue, key: Value, value: Value): void {
  if (!target.isEnvironment) {
    target.entries.set(keyArgument(call, key), [key, value]);
    return;
  }
  const name = textArgument(call, key);
  if (textArgument(call, value).includes("\0") || /[=\0]|^$/.test(name)) {
    call.raise("ValueError", "an environment variable cannot have this name or value");
  }
  target.entries.set(keyArgument(call, key), [text(name), tracedTo(new Set([name]), value)]);
}

/** The arguments of `dict(…)` and `update(…)`: another dict, or pairs, and keyword arguments. */
function addPairs<Target extends Value & DictValue>(
  target: Target,
  call: Invocation,
  [given, ...more]: readonly Value[],
) {
  if (more.length > 0) return call.refuse("dict() takes at most one positional argument");
  const pairs =
    given?.kind === "dict"
      ? [...given.entries.values()]
      : given === undefined
        ? []
        : ITEMS.read(call, given).map((pair) => ITEMS.read(call, pair));
  for (const [key, value, ...rest] of pairs) {
    if (key === undefined || value === undefined || rest.length > 0)
      return call.raise("ValueError", "a pair is expected here");
    setEntry(call, target, key, value);
  }
  for (const [name, value] of call.keywords) setEntry(call, target, text(name), value);
  return target;
}

function placeOf(call: Invocation, items: readonly Value[], wanted: Value): number {
  const at = items.findIndex((item) => equal(item, wanted) === true);
  return at < 0 ? call.raise("ValueError", "an item is not in the list") : at;
}

function sorted(call: Invocation, items: readonly Value[], reverse: Value = NONE): Value[] {
  const order = (a: Value, b: Value): number =>
    orderOf(a, b) ?? call.raise("TypeError", `${describeValue(a)} and ${describeValue(b)} have no order`);
  return items.toSorted(truth(reverse) === true ? (a, b) => order(b, a) : order);
}

/** `holder[index]`; undefined if it requires Python. */
export function itemAt(holder: Value, index: Value, call: Invocation): Value | undefined {
  if (holder.kind === "dict") return entry(call, holder, index) ?? missing(call, holder, index);
  const items = holder.kind === "text" ? Array.from(holder.value) : indexable(holder);
  const item = items?.[indexWithin(items.length, index, call)];
  return typeof item === "string" ? text(item) : item;
}

function indexable(holder: Value): Value[] | undefined {
  return isSequence(holder) && holder.kind !== "view" ? holder.items : undefined;
}

function indexWithin(length: number, index: Value, call: Invocation): number {
  const at = INT.read(call, index);
  const from = at < 0 ? at + length : at;
  return from < 0 || from >= length ? call.raise("IndexError", "an index is out of range") : from;
}

/** `holder[from:to:step]`; undefined if it requires Python. */
export function sliceOf(holder: Value, bounds: readonly (Value | undefined)[], call: Invocation): Value | undefined {
  const [from, to, step] = bounds.map((bound) =>
    bound === undefined || bound.kind === "none" ? undefined : INT.read(call, bound),
  );
  if (step === 0) return undefined;
  if (holder.kind === "text") return text(cut(Array.from(holder.value), from, to, step).join(""));
  return isSequence(holder) && holder.kind !== "view"
    ? sequence(holder.kind, cut(holder.items, from, to, step))
    : undefined;
}

function cut<Item>(items: readonly Item[], from?: number, to?: number, step = 1): Item[] {
  const { length } = items;
  const [lowest, highest] = step > 0 ? [0, length] : [-1, length - 1];
  const within = (bound: number) => Math.min(Math.max(bound < 0 ? bound + length : bound, lowest), highest);
  const first = from === undefined ? (step > 0 ? lowest : highest) : within(from);
  const end = to === undefined ? (step > 0 ? highest : lowest) : within(to);
  const result: Item[] = [];
  for (let at = first; step > 0 ? at < end : at > end; at += step) result.push(items[at]!);
  return result;
}

/** `holder[index] = value`, or without a value `del holder[index]`. False if it requires Python. */
export function changeItem(call: Invocation, holder: Value, index: Value, value?: Value): boolean {
  if (holder.kind === "dict") {
    if (value !== undefined) setEntry(call, holder, index, value);
    else if (!holder.entries.delete(keyArgument(call, index))) missing(call, holder, index);
  } else if (holder.kind === "list") {
    holder.items.splice(indexWithin(holder.items.length, index, call), 1, ...(value === undefined ? [] : [value]));
  }
  return holder.kind === "dict" || holder.kind === "list";
}
