// Lists, tuples and dicts: their methods, their items and slices. `os.environ` is a dict that takes texts only, and whose
// values are known to come from it.

import { type Invocation, intArgument, itemsArgument, plainArguments, textArgument } from "./known-function.ts";
import { equal, orderOf } from "./operators.ts";
import {
  type DictValue,
  describeValue,
  ITEMS_LIMIT,
  int,
  iterated,
  keyOf,
  NONE,
  type SequenceValue,
  sequence,
  text,
  tracedTo,
  truth,
  type Value,
} from "./value.ts";

type DictMethod = (target: DictValue, call: Invocation) => Value;
type ListMethod = (items: Value[], call: Invocation) => Value;

/** `target.name(…)`, or undefined when this is no method that is known here. */
export function callDictMethod(target: DictValue, name: string, call: Invocation): Value | undefined {
  return dictMethods.get(name)?.(target, call);
}

/** `target.name(…)`, or undefined when this is no method that is known here. */
export function callSequenceMethod(target: SequenceValue, name: string, call: Invocation): Value | undefined {
  const changes = target.type === "list" ? listMethods.get(name) : undefined;
  return (changes ?? (target.type === "view" ? undefined : tupleMethods.get(name)))?.(target.items, call);
}

const dictMethods: ReadonlyMap<string, DictMethod> = new Map<string, DictMethod>([
  ["get", (target, call) => entryValue(target, call) ?? call.positional[1] ?? NONE],
  ["keys", (target) => sequence("view", [...iterated(target)!])],
  [
    "values",
    (target) =>
      sequence(
        "view",
        [...target.entries.values()].map(({ value }) => value),
      ),
  ],
  [
    "items",
    (target) =>
      sequence(
        "view",
        [...target.entries.values()].map(({ key, value }) => sequence("tuple", [key, value])),
      ),
  ],
  ["copy", (target) => ({ kind: "dict", entries: new Map(target.entries) })],
  ["clear", (target) => (target.entries.clear(), NONE)],
  [
    "pop",
    (target, call) => {
      const value = entryValue(target, call) ?? call.positional[1] ?? missing(target, call, call.positional[0]!);
      target.entries.delete(keyArgument(call, call.positional[0]));
      return value;
    },
  ],
  [
    "setdefault",
    (target, call) => {
      const present = entryValue(target, call);
      if (present !== undefined) return present;
      const [key, value = NONE] = call.positional;
      setEntry(target, key!, value, call);
      return entryValue(target, call)!;
    },
  ],
  ["update", update],
]);

const tupleMethods: ReadonlyMap<string, ListMethod> = new Map<string, ListMethod>([
  ["count", (items, call) => int(items.filter((item) => equal(item, onlyValue(call)) === true).length)],
  ["index", (items, call) => int(indexOf(items, call))],
]);

const listMethods: ReadonlyMap<string, ListMethod> = new Map<string, ListMethod>([
  ["append", (items, call) => added(items, items.length, [onlyValue(call)], call)],
  ["extend", (items, call) => added(items, items.length, itemsArgument(call, onlyValue(call)), call)],
  ["insert", (items, call) => added(items, placeOf(call, items.length), [plainArguments(call, 2, 2)[1]!], call)],
  ["remove", (items, call) => (items.splice(indexOf(items, call), 1), NONE)],
  ["reverse", (items) => (items.reverse(), NONE)],
  ["copy", (items) => sequence("list", [...items])],
  ["clear", (items) => (items.splice(0), NONE)],
  ["sort", (items, call) => (items.splice(0, items.length, ...sorted(items, call)), NONE)],
  [
    "pop",
    (items, call) => {
      const at = indexWithin(items.length, call.positional[0] ?? int(-1), call);
      return items.splice(at, 1)[0]!;
    },
  ],
]);

function onlyValue(call: Invocation): Value {
  return plainArguments(call, 1, 1)[0]!;
}

function keyArgument(call: Invocation, key: Value | undefined): string {
  const value = key ?? NONE;
  return keyOf(value) ?? call.raise("TypeError", `${describeValue(value)} cannot be a key`);
}

function entryValue(target: DictValue, call: Invocation): Value | undefined {
  const [key] = plainArguments(call, 1, 2);
  return target.entries.get(keyArgument(call, key))?.value;
}

function missing(target: DictValue, call: Invocation, key: Value): never {
  if (!target.isEnvironment) call.raise("KeyError", "a dict lacks the key that is looked up");
  return call.raise("KeyError", `the environment variable ${textArgument(call, key)} is not set`);
}

/** `target[key] = value`. */
export function setEntry(target: DictValue, key: Value, value: Value, call: Invocation): void {
  const known = keyArgument(call, key);
  if (target.entries.size >= ITEMS_LIMIT && !target.entries.has(known)) call.refuse(TOO_MANY);
  if (!target.isEnvironment) {
    target.entries.set(known, { key, value });
    return;
  }
  const name = textArgument(call, key);
  if (textArgument(call, value).includes("\0") || /[=\0]|^$/.test(name)) {
    call.raise("ValueError", "an environment variable cannot have this name or value");
  }
  target.entries.set(known, { key: text(name), value: tracedTo(new Set([name]), value) });
}

function update(target: DictValue, call: Invocation): Value {
  for (const [key, value] of pairs(call)) setEntry(target, key, value, call);
  return NONE;
}

/** What `dict(…)` and `update(…)` are given. */
export function pairs(call: Invocation): readonly (readonly [Value, Value])[] {
  const [given, ...more] = call.positional;
  if (more.length > 0) call.refuse("a dict is made from at most one other");
  const named = [...call.keywords].map(([name, value]) => [text(name), value] as const);
  if (given === undefined) return named;
  if (given.kind === "dict")
    return [...[...given.entries.values()].map(({ key, value }) => [key, value] as const), ...named];
  const items = itemsArgument(call, given).map((item) => {
    const [key, value, ...rest] = itemsArgument(call, item);
    if (key === undefined || value === undefined || rest.length > 0)
      call.raise("ValueError", "a pair is expected here");
    return [key, value] as const;
  });
  return [...items, ...named];
}

const TOO_MANY = `a list or dict has more than ${ITEMS_LIMIT} items`;

function added(items: Value[], at: number, more: readonly Value[], call: Invocation): Value {
  if (items.length + more.length > ITEMS_LIMIT) call.refuse(TOO_MANY);
  items.splice(at, 0, ...more);
  return NONE;
}

function placeOf(call: Invocation, length: number): number {
  const at = intArgument(call, call.positional[0]);
  return at < 0 ? Math.max(at + length, 0) : Math.min(at, length);
}

function indexOf(items: readonly Value[], call: Invocation): number {
  const wanted = onlyValue(call);
  const at = items.findIndex((item) => equal(item, wanted) === true);
  return at < 0 ? call.raise("ValueError", "a list lacks the item that is looked for") : at;
}

/** The items in their order; `reverse=` is the only argument that is known. */
export function sorted(items: readonly Value[], call: Invocation): readonly Value[] {
  const [reverse] = [...call.keywords.values()];
  if (reverse !== undefined && (call.keywords.size > 1 || !call.keywords.has("reverse"))) {
    call.refuseUnread("only reverse= can be given to sort");
  }
  const order = (a: Value, b: Value): number =>
    orderOf(a, b) ?? call.raise("TypeError", `${describeValue(a)} and ${describeValue(b)} have no order`);
  return reverse !== undefined && truth(reverse) ? items.toSorted((a, b) => order(b, a)) : items.toSorted(order);
}

/** `holder[index]`; undefined where only Python knows. */
export function itemAt(holder: Value, index: Value, call: Invocation): Value | undefined {
  if (holder.kind === "dict") {
    return holder.entries.get(keyArgument(call, index))?.value ?? missing(holder, call, index);
  }
  if (holder.kind === "sequence" && holder.type !== "view")
    return holder.items[indexWithin(holder.items.length, index, call)];
  if (holder.kind !== "text" || holder.bytes) return undefined;
  const characters = Array.from(holder.value);
  return text(characters[indexWithin(characters.length, index, call)]!);
}

function indexWithin(length: number, index: Value, call: Invocation): number {
  const at = intArgument(call, index);
  const from = at < 0 ? at + length : at;
  return from < 0 || from >= length ? call.raise("IndexError", "an index is beyond the end") : from;
}

/** `holder[from:to:step]`; undefined where only Python knows. */
export function sliceOf(holder: Value, bounds: readonly (Value | undefined)[], call: Invocation): Value | undefined {
  const numbers = bounds.map((bound) =>
    bound === undefined || bound.kind === "none" ? undefined : intArgument(call, bound),
  );
  if (numbers[2] === 0) call.raise("ValueError", "a slice has the step 0");
  if (holder.kind === "text" && !holder.bytes) return text(cut(Array.from(holder.value), numbers).join(""));
  return holder.kind === "sequence" && holder.type !== "view"
    ? sequence(holder.type, cut(holder.items, numbers))
    : undefined;
}

function cut<Item>(items: readonly Item[], [from, to, step = 1]: readonly (number | undefined)[]): Item[] {
  const { length } = items;
  const [lowest, highest] = step > 0 ? [0, length] : [-1, length - 1];
  const within = (bound: number) => Math.min(Math.max(bound < 0 ? bound + length : bound, lowest), highest);
  const first = from === undefined ? (step > 0 ? lowest : highest) : within(from);
  const end = to === undefined ? (step > 0 ? highest : lowest) : within(to);
  const result: Item[] = [];
  for (let at = first; step > 0 ? at < end : at > end; at += step) result.push(items[at]!);
  return result;
}

/** `holder[index] = value`; whether that is known here. */
export function setItem(holder: Value, index: Value, value: Value, call: Invocation): boolean {
  if (holder.kind === "dict") setEntry(holder, index, value, call);
  else if (holder.kind === "sequence" && holder.type === "list")
    holder.items[indexWithin(holder.items.length, index, call)] = value;
  else return false;
  return true;
}

/** `del holder[index]`; whether that is known here. */
export function deleteItem(holder: Value, index: Value, call: Invocation): boolean {
  if (holder.kind === "dict") {
    if (!holder.entries.delete(keyArgument(call, index))) missing(holder, call, index);
  } else if (holder.kind === "sequence" && holder.type === "list") {
    holder.items.splice(indexWithin(holder.items.length, index, call), 1);
  } else return false;
  return true;
}
