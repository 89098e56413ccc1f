// Expressions to values. Knows the language; the functions it may call are given to it.
import type { Invocation, KnownFunctions } from "./known-function.ts";
import { binary, compared, negated } from "./operators.ts";
import { refuse, type Source } from "./source.ts";
import type { Call, Comparison, Expression } from "./syntax.ts";
import { callTextMethod } from "./text-methods.ts";
import {
  bool,
  describeValue,
  firstMark,
  object,
  sequence,
  TEXT_LIMIT_CHARS,
  text,
  tracedTo,
  truth,
  type Value,
} from "./value.ts";

export interface Scope {
  readonly source: Source;
  readonly names: Map<string, Value>;
  readonly functions: KnownFunctions;
  /** Marks of things that are not made by a call, by dotted name. */
  readonly marks: ReadonlyMap<string, string>;
  /** Collects the environment variables that the values of an expression come from. */
  readonly variables?: Set<string>;
}

/** Packages whose calls may stay unknown: their results are only handed on to other calls. */
const HANDED_ON = /^(?:twisted|buildbot_worker|zope)\./;

/** Longest dotted name of something only Python has. */
const PATH_LIMIT_CHARS = 300;

/** The value, or a usage error that names the line and never quotes a text or an unknown name. */
export function evaluate(expression: Expression, scope: Scope): Value {
  const variables = new Set<string>();
  const value = tracedTo(variables, compute(expression, { ...scope, variables }));
  const sources = "variables" in value ? value.variables : variables;
  for (const name of sources ?? []) scope.variables?.add(name);
  const tooLong =
    (value.kind === "text" && value.value.length > TEXT_LIMIT_CHARS) ||
    (value.kind === "object" && value.path.length > PATH_LIMIT_CHARS);
  if (tooLong) refuse(scope.source, expression.line, "a value here is too long for a setting");
  return expression.type === "name" ? value : { ...value, line: expression.line };
}

/** Whether Python takes the value as true. */
export function holds(expression: Expression, scope: Scope): boolean {
  const value = evaluate(expression, { ...scope, variables: new Set() }); // what decides is no part of the result
  return known(truth(value), expression, scope, [value]);
}

function compute(expression: Expression, scope: Scope): Value {
  switch (expression.type) {
    case "literal":
      return expression.value;
    case "name":
      return lookUp(expression.name, expression.line, scope);
    case "sequence":
      return sequence(expression.items.map((item) => evaluate(item, scope)));
    case "attribute":
      return attribute(evaluate(expression.target, scope), expression.name, scope);
    case "subscript":
      return subscript(expression.target, expression.index, scope);
    case "call":
      return call(expression, scope);
    case "not":
      return bool(!holds(expression.operand, scope));
    case "negative": {
      const operand = evaluate(expression.operand, scope);
      return known(negated(operand), expression, scope, [operand]);
    }
    case "binary": {
      const left = evaluate(expression.left, scope);
      const right = evaluate(expression.right, scope);
      return known(binary(expression.operator, left, right), expression, scope, [left, right]);
    }
    case "comparison":
      return compare(expression.operator, expression.left, expression.right, scope);
    case "choice": {
      const left = evaluate(expression.left, scope);
      const holdsLeft = known(truth(left), expression, scope, [left]);
      return holdsLeft === (expression.operator === "or") ? left : evaluate(expression.right, scope);
    }
    case "conditional":
      return evaluate(holds(expression.condition, scope) ? expression.yes : expression.no, scope);
    default:
      return expression satisfies never;
  }
}

function lookUp(name: string, line: number, scope: Scope): Value {
  const value = scope.names.get(name) ?? (scope.functions.has(name) ? object(name) : undefined);
  // The name is not quoted: it may be a password someone wrote without quotes.
  return value ?? refuse(scope.source, line, "a name here has no value; is it a text that lacks its quotes?");
}

function attribute(target: Value, name: string, scope: Scope): Value {
  if (target.kind !== "object") return { kind: "method", target, name };
  return importedObject(`${target.path}.${name}`, scope, target.mark);
}

/** The thing with this dotted name, with the mark it was made with or is known to have. */
export function importedObject(path: string, scope: Scope, mark?: string): Value {
  return object(path, mark ?? scope.marks.get(path));
}

function subscript(target: Expression, index: Expression, scope: Scope): Value {
  const holder = evaluate(target, scope);
  const key = evaluate(index, scope);
  if (holder.kind === "object") return callObject(`${holder.path}[]`, [key], target.line, scope);
  const item = holder.kind === "sequence" && key.kind === "int" ? holder.items.at(key.value) : undefined;
  return known(item, index, scope, [holder, key]);
}

function compare(operator: Comparison, left: Expression, right: Expression, scope: Scope): Value {
  const a = evaluate(left, scope);
  const b = evaluate(right, scope);
  if (b.kind === "object" && (operator === "in" || operator === "not in")) {
    const found = truth(callObject(`${b.path} in`, [a], right.line, scope));
    return bool(found === (operator === "in"));
  }
  return known(compared(operator, a, b), left, scope, [a, b]);
}

function call(expression: Call, scope: Scope): Value {
  const callee = evaluate(expression.callee, scope);
  const positional = expression.positional.map((argument) => evaluate(argument, scope));
  const keywords = new Map<string, Value>();
  for (const { name, value } of expression.keywords) {
    if (keywords.has(name)) refuse(scope.source, expression.line, `the argument ${name} is given twice`);
    keywords.set(name, evaluate(value, scope));
  }
  const made = invocation({ positional, keywords, line: expression.line }, scope);
  if (callee.kind === "object") return callKnown(callee.path, callee.mark, made, scope);
  if (callee.kind === "method") return callMethod(callee.target, callee.name, made);
  return made.refuse(`${describeValue(callee)} is called like a function`);
}

function callObject(path: string, positional: readonly Value[], line: number, scope: Scope): Value {
  return callKnown(path, undefined, invocation({ positional, keywords: new Map(), line }, scope), scope);
}

function invocation(made: Omit<Invocation, "refuse">, { source }: Scope): Invocation {
  return { ...made, refuse: (reason) => refuse(source, made.line, reason) };
}

function callKnown(path: string, mark: string | undefined, made: Invocation, scope: Scope): Value {
  const run = scope.functions.get(path);
  if (run !== undefined) return run(made);
  if (!HANDED_ON.test(path)) made.refuse(`${path} cannot be computed without Python`);
  return object(`${path}()`, mark ?? firstMark([...made.positional, ...made.keywords.values()]));
}

function callMethod(target: Value, name: string, made: Invocation): Value {
  if (target.kind === "text") {
    const result = callTextMethod(target.value, name, made);
    if (result !== undefined) return result;
  }
  if (target.kind === "file" && name === "read" && made.positional.length === 0) return text(target.text);
  return made.refuse(`a method of ${describeValue(target)} is called that cannot be run without Python`);
}

function known<Result>(result: Result | undefined, place: Expression, scope: Scope, values: readonly Value[]): Result {
  if (result !== undefined) return result;
  const kinds = values.map(describeValue).join(" and ");
  return refuse(scope.source, place.line, `an operation on ${kinds} cannot be done without Python`);
}
