// What the parsers make of a program: expressions and statements that can be run. Shapes, and what runs them.
import type { Library } from "./known-function.ts";
import { refuse, refuseUnread, type Source } from "./source.ts";
import { describeValue, ITEMS_LIMIT, sizeOf, TEXT_LIMIT_CHARS, truth, type Value } from "./value.ts";

/** What a running program has. */
export interface Scope {
  readonly source: Source;
  readonly names: Map<string, Value>;
  readonly library: Library;
  /** What was done until now, of the limit for a whole file. */
  readonly budget: { steps: number };
}

export interface Expression {
  /** Counted from 1. */
  readonly line: number;
  /** Of its tree. */
  readonly depth: number;
  readonly compute: (scope: Scope) => Value;
  /** It is a plain name, which stands for its value. */
  readonly name?: string;
  /** Of what can stand on the left of `=`: gives it a value, or (undefined) deletes it. */
  readonly assign?: ((value: Value | undefined, scope: Scope) => void) | undefined;
}

/** `value`, `name=value`, or all that `*value` or `**value` holds; also an item of a list. */
export interface Argument {
  readonly name?: string | undefined;
  readonly stars: "" | "*" | "**";
  readonly value: Expression;
}

/** Runs it; says whether the loop around it goes on. */
export type Statement = (scope: Scope) => "break" | "continue" | undefined;

/** Expressions and statements that a file may take, those in loops each time; a long value counts for several. */
const STEPS_LIMIT = 100_000;

/** Longest dotted name of something only Python has. */
const PATH_LIMIT_CHARS = 300;

/** The value, or a usage error that names the line and never quotes a text or an unknown name. */
export function evaluate(expression: Expression, scope: Scope): Value {
  const { line } = expression;
  const value = expression.compute(scope);
  const chars = value.kind === "object" ? value.path.length : "value" in value ? String(value.value).length : 0;
  const items = sizeOf(value) ?? 0;
  if (chars > (value.kind === "object" ? PATH_LIMIT_CHARS : TEXT_LIMIT_CHARS)) {
    refuse(scope.source, line, "a value here is too long for a setting");
  }
  if (items > ITEMS_LIMIT) refuse(scope.source, line, `a list or dict here has more than ${ITEMS_LIMIT} items`);
  takeSteps(1 + Math.floor(chars / 256 + items / 16), line, scope);
  return expression.name === undefined ? { ...value, line } : value;
}

/** Throws a usage error when the file takes more than it may. */
export function takeSteps(steps: number, line: number, { budget, source }: Scope): void {
  budget.steps += steps;
  if (budget.steps > STEPS_LIMIT) refuseUnread(source, line, `the file takes more than ${STEPS_LIMIT} steps`);
}

/** Whether Python takes the value as true. */
export function holds(expression: Expression, scope: Scope): boolean {
  const value = evaluate(expression, scope);
  return known(truth(value), expression.line, scope, [value]);
}

/** What an operation on `values` gave, unless only Python can tell. */
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
