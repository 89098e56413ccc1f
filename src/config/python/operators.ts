// Python's operators on the values settings have. Each returns undefined where only Python has an answer.
import { joinPath } from "../../base/posix-path.ts";
import { percentFormatted } from "./format.ts";
import { purePath } from "./paths.ts";
import type { BinaryOperator, Comparison } from "./syntax.ts";
import {
  bool,
  type DictValue,
  ITEMS_LIMIT,
  keyOf,
  numeric,
  sequence,
  TEXT_LIMIT_CHARS,
  text,
  type Value,
} from "./value.ts";

/** `left operator right`; integers beyond 2^53 are not computed. */
export function binary(operator: BinaryOperator, left: Value, right: Value): Value | undefined {
  if (operator === "%" && left.kind === "text" && !left.bytes) return made(percentFormatted(left.value, right));
  if (operator === "/" && (left.kind === "path" || right.kind === "path")) return joined(left, right);
  if (operator === "+" && left.kind === "text" && right.kind === "text") {
    return left.bytes === right.bytes ? text(left.value + right.value, left.bytes) : undefined;
  }
  if (operator === "+" && left.kind === "sequence" && right.kind === "sequence") {
    const isSound = left.type === right.type && left.type !== "view";
    if (!isSound || left.items.length + right.items.length > ITEMS_LIMIT) return undefined;
    return sequence(left.type, [...left.items, ...right.items]);
  }
  if (operator === "|" && left.kind === "dict" && right.kind === "dict") {
    return { kind: "dict", entries: new Map([...left.entries, ...right.entries]) };
  }
  if (operator === "*") {
    const repeated =
      right.kind === "int" ? times(left, right.value) : left.kind === "int" ? times(right, left.value) : undefined;
    if (repeated !== undefined) return repeated;
  }
  return computed(operator, left, right);
}

function made(value: string | undefined): Value | undefined {
  return value === undefined ? undefined : text(value);
}

function joined(left: Value, right: Value): Value | undefined {
  if (!("value" in left && "value" in right)) return undefined;
  return typeof left.value === "string" && typeof right.value === "string"
    ? { kind: "path", value: purePath(joinPath(left.value, right.value)) }
    : undefined;
}

function times(value: Value, count: number): Value | undefined {
  const times = Math.max(count, 0);
  if (value.kind === "text") {
    return value.value.length * times > TEXT_LIMIT_CHARS ? undefined : text(value.value.repeat(times), value.bytes);
  }
  if (value.kind !== "sequence" || value.type === "view" || value.items.length * times > ITEMS_LIMIT) return undefined;
  return sequence(value.type, Array.from({ length: times }, () => value.items).flat());
}

function computed(operator: BinaryOperator, left: Value, right: Value): Value | undefined {
  const a = numeric(left);
  const b = numeric(right);
  if (a === undefined || b === undefined) return undefined;
  const isFloat = left.kind === "float" || right.kind === "float";
  if (isFloat && WHOLE_ONLY.has(operator)) return undefined;
  const value = arithmetic[operator](a, b);
  if (value === undefined || !Number.isFinite(value)) return undefined;
  if (isFloat || operator === "/" || (operator === "**" && b < 0)) return { kind: "float", value };
  return Number.isSafeInteger(value) ? { kind: "int", value: value === 0 ? 0 : value } : undefined;
}

const WHOLE_ONLY: ReadonlySet<BinaryOperator> = new Set(["|", "^", "&", "<<", ">>"]);

type Arithmetic = (a: number, b: number) => number | undefined;

const arithmetic: Readonly<Record<BinaryOperator, Arithmetic>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => (b === 0 ? undefined : a / b),
  "//": (a, b) => (b === 0 ? undefined : Math.floor(a / b)),
  "%": (a, b) => (b === 0 ? undefined : a - b * Math.floor(a / b)),
  "**": (a, b) => (a === 0 && b < 0 ? undefined : a ** b),
  "|": bitwise((a, b) => a | b),
  "^": bitwise((a, b) => a ^ b),
  "&": bitwise((a, b) => a & b),
  "<<": bitwise((a, b) => (b >= 0n && b < 64n ? a << b : undefined)),
  ">>": bitwise((a, b) => (b >= 0n ? a >> b : undefined)),
};

function bitwise(compute: (a: bigint, b: bigint) => bigint | undefined): Arithmetic {
  return (a, b) => {
    const value = compute(BigInt(a), BigInt(b));
    return value === undefined ? undefined : Number(value);
  };
}

/** `+value`, `-value`, `~value`. */
export function signed(operator: "+" | "-" | "~", value: Value): Value | undefined {
  const number = numeric(value);
  if (number === undefined || (operator === "~" && value.kind === "float")) return undefined;
  const result = operator === "-" ? -number : operator === "~" ? -number - 1 : number;
  return value.kind === "float" ? { kind: "float", value: result } : { kind: "int", value: result === 0 ? 0 : result };
}

/** `left operator right`. */
export function compared(operator: Comparison, left: Value, right: Value): Value | undefined {
  const found = comparisons[operator](left, right);
  return found === undefined ? undefined : bool(found);
}

type Test = (left: Value, right: Value) => boolean | undefined;

const comparisons: Readonly<Record<Comparison, Test>> = {
  "==": (left, right) => equal(left, right),
  "!=": not((left, right) => equal(left, right)),
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

/** Which of two values comes first, as `<` says: below 0 the left one; undefined where they have no order. */
export function orderOf(left: Value, right: Value): number | undefined {
  const a = numeric(left);
  const b = numeric(right);
  if (a !== undefined && b !== undefined) return a - b;
  if (left.kind === "text" && right.kind === "text") return Buffer.compare(utf32(left.value), utf32(right.value));
  if (left.kind !== "sequence" || right.kind !== "sequence" || left.type !== right.type || left.type === "view") {
    return undefined;
  }
  for (const [index, item] of left.items.entries()) {
    const other = right.items[index];
    if (other === undefined) return 1;
    const same = equal(item, other);
    if (same !== true) return same === undefined || item.kind === "sequence" ? undefined : orderOf(item, other);
  }
  return left.items.length - right.items.length;
}

/** Code points in the order that Python compares them in, which is not that of UTF-16. */
function utf32(value: string): Buffer {
  const points = Array.from(value, (character) => character.codePointAt(0)!);
  const bytes = Buffer.alloc(points.length * 4);
  for (const [index, point] of points.entries()) bytes.writeUInt32BE(point, index * 4);
  return bytes;
}

/** How deep and how far containers are compared. */
const COMPARED = { depth: 20, items: 10_000 } as const;

/** `left == right`. */
export function equal(left: Value, right: Value, budget = { items: COMPARED.items }, depth = 0): boolean | undefined {
  budget.items -= 1;
  if (budget.items < 0 || depth > COMPARED.depth) return undefined;
  const inner: Test = (a, b) => equal(a, b, budget, depth + 1);
  if (left.kind === "object" || right.kind === "object" || left.kind === "method" || right.kind === "method") {
    return left.kind === right.kind ? undefined : right.kind === "none" || left.kind === "none" ? false : undefined;
  }
  const a = numeric(left);
  const b = numeric(right);
  if (a !== undefined && b !== undefined) return a === b;
  if (left.kind === "sequence" && right.kind === "sequence") {
    if (left.type === "view" || right.type === "view") return undefined;
    return left.type === right.type && left.items.length === right.items.length
      ? every(left.items.map((item, index) => inner(item, right.items[index]!)))
      : false;
  }
  if (left.kind === "dict" && right.kind === "dict") return equalDicts(left, right, inner);
  if (left.kind === "text" && right.kind === "text") return left.value === right.value && left.bytes === right.bytes;
  if (left.kind === "path" && right.kind === "path") return left.value === right.value;
  if (left.kind === right.kind) return left.kind === "none" ? true : undefined;
  return false;
}

function equalDicts(left: DictValue, right: DictValue, inner: Test): boolean | undefined {
  if (left.entries.size !== right.entries.size) return false;
  return every(
    [...left.entries].map(([key, { value }]) => {
      const other = right.entries.get(key);
      return other === undefined ? false : inner(value, other.value);
    }),
  );
}

function every(found: readonly (boolean | undefined)[]): boolean | undefined {
  if (found.includes(false)) return false;
  return found.includes(undefined) ? undefined : true;
}

/** `is`, for the values that exist once: None, True and False. */
function identical(left: Value, right: Value): boolean | undefined {
  if (!existsOnce(left) && !existsOnce(right)) return undefined;
  if (left.kind === "object" || right.kind === "object") return false;
  return left.kind === right.kind && numeric(left) === numeric(right);
}

function existsOnce(value: Value): boolean {
  return value.kind === "none" || value.kind === "bool";
}

/** `wanted in holder`. */
function isIn(wanted: Value, holder: Value): boolean | undefined {
  if (holder.kind === "text") return wanted.kind === "text" ? holder.value.includes(wanted.value) : undefined;
  if (holder.kind === "dict") {
    const key = keyOf(wanted);
    return key === undefined ? undefined : holder.entries.has(key);
  }
  if (holder.kind !== "sequence") return undefined;
  const matches = holder.items.map((item) => equal(item, wanted));
  if (matches.includes(true)) return true;
  return matches.includes(undefined) ? undefined : false;
}
