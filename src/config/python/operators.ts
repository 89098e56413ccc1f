// Python's operators on the values settings have. Each returns undefined where only Python has an answer.
import type { BinaryOperator, Comparison } from "./syntax.ts";
import { bool, numeric, pythonText, text, type Value } from "./value.ts";

/** `left operator right`; integers beyond 2^53 are not computed. */
export function binary(operator: BinaryOperator, left: Value, right: Value): Value | undefined {
  if (left.kind === "text") {
    if (operator === "+" && right.kind === "text") return text(left.value + right.value);
    return operator === "%" ? formatted(left.value, right) : undefined;
  }
  const a = numeric(left);
  const b = numeric(right);
  if (a === undefined || b === undefined) return undefined;
  const value = arithmetic[operator](a, b);
  if (value === undefined) return undefined;
  if (left.kind === "float" || right.kind === "float")
    return Number.isFinite(value) ? { kind: "float", value } : undefined;
  return Number.isSafeInteger(value) ? { kind: "int", value } : undefined;
}

const arithmetic: Readonly<Record<BinaryOperator, (a: number, b: number) => number | undefined>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "//": (a, b) => (b === 0 ? undefined : Math.floor(a / b)),
  "%": (a, b) => (b === 0 ? undefined : a - b * Math.floor(a / b)),
};

/** `-value`. */
export function negated(value: Value): Value | undefined {
  const number = numeric(value);
  if (number === undefined) return undefined;
  return value.kind === "float"
    ? { kind: "float", value: -number }
    : { kind: "int", value: number === 0 ? 0 : -number };
}

/** `'…%s…' % value` with %s, %d, %i and %% only. */
function formatted(pattern: string, right: Value): Value | undefined {
  const values = right.kind === "sequence" ? [...right.items] : [right];
  let known = true;
  const result = pattern.replaceAll(/%([\s\S]?)/g, (_, letter: string) => {
    if (letter === "%") return "%";
    const piece = formatPiece(letter, values.shift());
    known &&= piece !== undefined;
    return piece ?? "";
  });
  return known && values.length === 0 ? text(result) : undefined;
}

function formatPiece(letter: string, value: Value | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (letter === "s") return pythonText(value);
  const number = numeric(value);
  return (letter === "d" || letter === "i") && number !== undefined ? String(Math.trunc(number)) : undefined;
}

/** `left operator right` for every operator but a test in something only Python has. */
export function compared(operator: Comparison, left: Value, right: Value): Value | undefined {
  const found = comparisons[operator](left, right);
  return found === undefined ? undefined : bool(found);
}

type Test = (left: Value, right: Value) => boolean | undefined;

const comparisons: Readonly<Record<Comparison, Test>> = {
  "==": equal,
  "!=": not(equal),
  is: identical,
  "is not": not(identical),
  in: isIn,
  "not in": not(isIn),
  "<": ordered((a, b) => a < b),
  "<=": ordered((a, b) => a <= b),
  ">": ordered((a, b) => a > b),
  ">=": ordered((a, b) => a >= b),
};

function not(test: Test): Test {
  return (left, right) => {
    const found = test(left, right);
    return found === undefined ? undefined : !found;
  };
}

function ordered(test: (a: number, b: number) => boolean): Test {
  return (left, right) => {
    const a = numeric(left);
    const b = numeric(right);
    return a === undefined || b === undefined ? undefined : test(a, b);
  };
}

function equal(left: Value, right: Value): boolean | undefined {
  const a = numeric(left);
  const b = numeric(right);
  if (a !== undefined && b !== undefined) return a === b;
  if (left.kind === "text" && right.kind === "text") return left.value === right.value;
  return isPlain(left) && isPlain(right) ? left.kind === right.kind : undefined;
}

function isPlain(value: Value): boolean {
  return pythonText(value) !== undefined || numeric(value) !== undefined;
}

/** `is`, for the values that exist once: None, True and False. */
function identical(left: Value, right: Value): boolean | undefined {
  if (!existsOnce(left) && !existsOnce(right)) return undefined;
  return left.kind === right.kind && numeric(left) === numeric(right);
}

function existsOnce(value: Value): boolean {
  return value.kind === "none" || value.kind === "bool";
}

function isIn(wanted: Value, holder: Value): boolean | undefined {
  if (holder.kind === "text") return wanted.kind === "text" ? holder.value.includes(wanted.value) : undefined;
  if (holder.kind !== "sequence") return undefined;
  const matches = holder.items.map((item) => equal(item, wanted));
  if (matches.includes(true)) return true;
  return matches.includes(undefined) ? undefined : false;
}
