// The results of the parsers: expressions and statements that can be executed, and functions to execute them.
import type { Library } from "./known-function.ts";
import { refuse, refuseUnread, type Source } from "./source.ts";
import { describeValue, ITEMS_LIMIT, sizeOf, TEXT_LIMIT_CHARS, truth, type Value } from "./value.ts";

/** The state of a running program. */
export interface Scope {
  readonly source: Source;
  readonly names: Map<string, Value>;
  readonly library: Library;
  /** The steps until now, limited for the whole file. */
  readonly budget: { steps: number };
}

export interface Expression {
  /** Counted from 1. */
  readonly line: number;
  /** Of the tree. */
  readonly depth: number;
  readonly compute: (scope: Scope) => Value;
  /** It is a plain name. */
  readonly name?: string;
  /** For the left side of `=`: assigns a value, or deletes it (undefined). */
  readonly assign?: ((value: Value | undefined, scope: Scope) => void) | undefined;
}

/** `value`, `name=value`, `*value` or `**value`; also an item of a list. */
export interface Argument {
  readonly name?: string | undefined;
  readonly stars: "" | "*" | "**";
  readonly value: Expression;
}

/** Executes it, and returns its effect on the enclosing loop. */
export type Statement = (scope: Scope) => "break" | "continue" | undefined;

/** Limit of executed expressions and statements of a file. A long value counts as several. */
const STEPS_LIMIT = 100_000;

/** Length limit of the dotted name of an unknown object. */
const PATH_LIMIT_CHARS = 300;

/** Throws a usage error with the line, never with a string or an unknown name of the file. */
export function evaluate(expression: Expression, scope: Scope): Value {
  const { line } = expression;
  const value = expression.compute(scope);
  const chars = value.kind === "object" ? value.path.length : "value" in value ? String(value.value).length : 0;
  const items = sizeOf(value) ?? 0;
  if (chars > (value.kind === "object" ? PATH_LIMIT_CHARS : TEXT_LIMIT_CHARS)) {
    refuse(scope.source, line, "a value is too long for a setting");
  }
  if (items > ITEMS_LIMIT) refuse(scope.source, line, `a list or dict here has more than ${ITEMS_LIMIT} items`);
  takeSteps(1 + Math.floor(chars / 256 + items / 16), line, scope);
  return expression.name === undefined ? { ...value, line } : value;
}

/** Throws a usage error if the file exceeds the limit. */
export function takeSteps(steps: number, line: number, { budget, source }: Scope): void {
  budget.steps += steps;
  if (budget.steps > STEPS_LIMIT) refuseUnread(source, line, `the file takes more than ${STEPS_LIMIT} steps`);
}

/** Whether the value is true in Python. */
export function holds(expression: Expression, scope: Scope): boolean {
  const value = evaluate(expression, scope);
  return known(truth(value), expression.line, scope, [value]);
}

/** The result of an operation on `values`. Throws a usage error if it requires Python. */
export function known<Known>(
  result: Known | undefined,
  line: number,
  { source }: Scope,
  values: readonly Value[],
): Known {
  if (result !== undefined) return result;
  const kinds = values.map(describeValue).join(" and ");
  return refuseUnread(source, line, `an operation on ${kinds} cannot be done without Python`);
}
