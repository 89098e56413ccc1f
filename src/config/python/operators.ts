// Python's operators on the values of settings. Each returns undefined if the result requires Python.
import { systemRules } from "../../base/system-rules.ts";
import { purePath } from "./files.ts";
import { percentFormatted } from "./format.ts";
import type { CallResult } from "./known-function.ts";
import { ITEMS_LIMIT, isSequence, keyOf, numeric, sequence, TEXT_LIMIT_CHARS, type Value } from "./value.ts";

export const binaryOperators = ["|", "^", "&", "<<", ">>", "+", "-", "*", "/", "//", "%", "**"] as const;
export type BinaryOperator = (typeof binaryOperators)[number];
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=" | "is" | "is not" | "in" | "not in";

/** `left operator right`; integers beyond 2^53 are not computed. */
export function binary(operator: BinaryOperator, left: Value, right: Value): CallResult {
  if (operator === "%" && left.kind === "text") return percentFormatted(left.value, right);
  if (operator === "/" && (left.kind === "path" || right.kind === "path")) {
    const isPath = (left.kind === "path" || left.kind === "text") && (right.kind === "path" || right.kind === "text");
    return isPath ? { kind: "path", value: purePath(systemRules.joinPath(left.value, right.value)) } : undefined;
  }
  if (operator === "+" && left.kind === "text" && right.kind === "text") return left.value + right.value;
  if (operator === "+" && isSequence(left) && isSequence(right) && left.kind === right.kind && left.kind !== "view") {
    return sequence(left.kind, [...left.items, ...right.items]);
  }
  if (operator === "*" && right.kind === "int" && numeric(left) === undefined)
    return times(left, Math.max(right.value, 0));
  return arithmetic(operator, left, right);
}

function times(value: Value, count: number): CallResult {
  if (value.kind === "text") {
    return value.value.length * count > TEXT_LIMIT_CHARS ? undefined : value.value.repeat(count);
  }
  if (!isSequence(value) || value.kind === "view" || value.items.length * count > ITEMS_LIMIT) return undefined;
  return sequence(value.kind, Array.from({ length: count }, () => value.items).flat());
}

function arithmetic(operator: BinaryOperator, left: Value, right: Value): CallResult {
  const a = numeric(left);
  const b = numeric(right);
  const isFloat = left.kind === "float" || right.kind === "float";
  if (a === undefined || b === undefined || (b === 0 && /[/%]/.test(operator))) return undefined;
  // 32 bits are enough for a umask.
  if (/[|&^<>]/.test(operator) && (isFloat || left.kind === "bool" || a !== (a | 0) || b !== (b | 0) || b > 31))
    return undefined;
  if (operator === "**" && (b < 0 || isFloat)) return undefined;
  const value = compute[operator](a, b);
  if (!Number.isFinite(value)) return undefined;
  if (isFloat || operator === "/") return { kind: "float", value };
  return Number.isSafeInteger(value) ? value + 0 : undefined;
}

const compute: Readonly<Record<BinaryOperator, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": (a, b) => Math.floor(a / b),
  "%": remainder,
  "**": (a, b) => a ** b,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "&": (a, b) => a & b,
  "<<": (a, b) => (b < 0 ? Number.NaN : a * 2 ** b),
  ">>": (a, b) => (b < 0 ? Number.NaN : a >> b),
};

/** It has the sign of `b`, even if it is zero. */
function remainder(a: number, b: number): number {
  const rest = a % b;
  if (rest === 0) return b < 0 ? -0 : 0;
  return rest < 0 === b < 0 ? rest : rest + b;
}

/** `+value`, `-value`, `~value`. */
export function signed(operator: "+" | "-" | "~", value: Value): CallResult {
  const number = numeric(value);
  if (number === undefined || (operator === "~" && value.kind === "float")) return undefined;
  const result = operator === "-" ? -number : operator === "~" ? -number - 1 : number;
  return value.kind === "float" ? { kind: "float", value: result } : result + 0;
}

type Test = (left: Value, right: Value) => boolean | undefined;

/** `left operator right`. */
export const compared: Readonly<Record<Comparison, Test>> = {
  "==": equal,
  "!=": not(equal),
  is: identical,
  "is not": not(identical),
  in: isIn,
  "not in": not(isIn),
  "<": ordered((order) => order < 0),
  "<=": ordered((order) => order <= 0),
  ">": ordered((order) => order > 0),
  ">=": ordered((order) => order >= 0),
};

function not(test: Test): Test {
  return (left, right) => {
    const found = test(left, right);
    return found === undefined ? undefined : !found;
  };
}

function ordered(test: (order: number) => boolean): Test {
  return (left, right) => {
    const order = orderOf(left, right);
    return order === undefined ? undefined : test(order);
  };
}

/** The order of two values by `<`: negative if the left one is first; undefined if they have no order. */
export function orderOf(left: Value, right: Value): number | undefined {
  const a = numeric(left);
  const b = numeric(right);
  if (a !== undefined && b !== undefined) return a - b;
  // By code points, which is the order of UTF-8 as well.
  if (left.kind === "text" && right.kind === "text")
    return Buffer.compare(Buffer.from(left.value), Buffer.from(right.value));
  if (left.kind !== "tuple" || right.kind !== "tuple") return undefined;
  const at = left.items.findIndex(
    (item, index) => right.items[index] === undefined || equal(item, right.items[index]) !== true,
  );
  const [item, other] = [left.items[at], right.items[at]];
  if (item === undefined || other === undefined) return left.items.length - right.items.length;
  return isSequence(item) ? undefined : orderOf(item, other);
}

/** `left == right`; items of nested containers are not compared. */
export function equal(left: Value, right: Value): boolean | undefined {
  const a = numeric(left);
  const b = numeric(right);
  if (a !== undefined && b !== undefined) return a === b;
  if ("value" in left && "value" in right) return left.kind === right.kind && left.value === right.value;
  if ((left.kind === "list" || left.kind === "tuple") && left.kind === right.kind) {
    if (left.items.length !== right.items.length) return false;
    const found = left.items.map((item, at) => (isSequence(item) ? undefined : equal(item, right.items[at]!)));
    return found.includes(false) ? false : found.includes(undefined) ? undefined : true;
  }
  if (left.kind === right.kind) return left.kind === "none" ? true : undefined;
  // A method without a call may be any attribute.
  const isUnknown = ({ kind }: Value) => kind === "object" || kind === "method";
  return left.kind === "none" || right.kind === "none" || !(isUnknown(left) || isUnknown(right)) ? false : undefined;
}

/** `is`, for the singletons None, True and False. */
function identical(left: Value, right: Value): boolean | undefined {
  const existsOnce = ({ kind }: Value) => kind === "none" || kind === "bool";
  if (!existsOnce(left) && !existsOnce(right)) return undefined;
  return left.kind === right.kind && numeric(left) === numeric(right);
}

/** `wanted in holder`. */
function isIn(wanted: Value, holder: Value): boolean | undefined {
  if (holder.kind === "text") return wanted.kind === "text" ? holder.value.includes(wanted.value) : undefined;
  if (holder.kind === "dict") return holder.entries.has(keyOf(wanted) ?? "");
  if (!isSequence(holder)) return undefined;
  const matches = holder.items.map((item) => equal(item, wanted));
  return matches.includes(true) ? true : matches.includes(undefined) ? undefined : false;
}
