// Expressions to values. Knows the language; the functions it may call are given to it.
import { callDictMethod, callSequenceMethod, itemAt, setEntry, sliceOf } from "./container-methods.ts";
import { PythonException } from "./exceptions.ts";
import { callFileMethod, PATH_METHODS, pathAttribute } from "./files.ts";
import { converted, formatted } from "./format.ts";
import type { Invocation, Library } from "./known-function.ts";
import { binary, compared, signed } from "./operators.ts";
import { refuse, refuseUnread, type Source } from "./source.ts";
import type { Argument, Comparison, Expression, FormattedPart, Slice } from "./syntax.ts";
import { callTextMethod } from "./text-methods.ts";
import {
  bool,
  type DictValue,
  describeValue,
  firstMark,
  ITEMS_LIMIT,
  iterated,
  object,
  sequence,
  sizeOf,
  TEXT_LIMIT_CHARS,
  text,
  tracedTo,
  truth,
  type Value,
  variablesOf,
} from "./value.ts";

export interface Scope {
  readonly source: Source;
  readonly names: Map<string, Value>;
  readonly library: Library;
  /** What was done until now, of the limit for a whole file. */
  readonly budget: { steps: number };
}

/** Expressions and statements that a file may take, those in loops each time; a long value counts for several. */
const STEPS_LIMIT = 100_000;

/** Packages whose calls may stay unknown: their results are only handed on to other calls. */
const HANDED_ON = /^(?:twisted|buildbot_worker|zope)\./;

/** Modules that may be used and change nothing that a worker does. */
const WITHOUT_EFFECT = /^(?:logging|warnings|sys\.path)\b/;

/** Functions that hand on what they are given, item by item, so that what they give comes from their items alone. */
const HANDING_ON = /^(?:dict|list|tuple|set|frozenset|sorted|reversed|enumerate|zip|len|bool|any|all|isinstance)$/;

/** Longest dotted name of something only Python has. */
const PATH_LIMIT_CHARS = 300;

/** The value, or a usage error that names the line and never quotes a text or an unknown name. */
export function evaluate(expression: Expression, scope: Scope): Value {
  const { line } = expression;
  takeSteps(1, line, scope);
  const value = compute(expression, scope);
  const isText = value.kind === "text" || value.kind === "path";
  const items = sizeOf(value) ?? 0;
  if (
    (isText && value.value.length > TEXT_LIMIT_CHARS) ||
    (value.kind === "object" && value.path.length > PATH_LIMIT_CHARS)
  ) {
    refuse(scope.source, line, "a value here is too long for a setting");
  }
  if (items > ITEMS_LIMIT) refuse(scope.source, line, `a list or dict here has more than ${ITEMS_LIMIT} items`);
  takeSteps(Math.floor(isText ? value.value.length / 256 : items / 16), line, scope);
  return expression.type === "name" ? value : { ...value, line };
}

/** Throws a usage error when the file takes more than it may. */
export function takeSteps(steps: number, line: number, { budget, source }: Scope): void {
  budget.steps += steps;
  if (budget.steps > STEPS_LIMIT) refuseUnread(source, line, `the file takes more than ${STEPS_LIMIT} steps`);
}

/** Whether Python takes the value as true. */
export function holds(expression: Expression, scope: Scope): boolean {
  const value = evaluate(expression, scope);
  return known(truth(value), expression, scope, [value]);
}

function compute(expression: Expression, scope: Scope): Value {
  switch (expression.type) {
    case "literal":
      return expression.value;
    case "formatted":
      return formattedText(expression.parts, expression, scope);
    case "name":
      return lookUp(expression.name, expression.line, scope);
    case "sequence":
      return sequence(expression.kind, spread(expression.items, scope));
    case "dict":
      return dictOf(expression, scope);
    case "attribute":
      return attribute(evaluate(expression.target, scope), expression.name, scope);
    case "subscript":
      return subscript(evaluate(expression.target, scope), expression.index, expression, scope);
    case "call":
      return call(expression, scope);
    case "not":
      return bool(!holds(expression.operand, scope));
    case "sign": {
      const operand = evaluate(expression.operand, scope);
      return known(signed(expression.operator, operand), expression, scope, [operand]);
    }
    case "binary":
      return combined(expression, evaluate(expression.left, scope), evaluate(expression.right, scope), scope);
    case "comparison":
      return comparison(expression, scope);
    case "choice": {
      const left = evaluate(expression.left, scope);
      const holdsLeft = known(truth(left), expression, scope, [left]);
      if (holdsLeft === (expression.operator === "or")) return left;
      return tracedTo(variablesOf([left]), evaluate(expression.right, scope));
    }
    case "conditional":
      return evaluate(holds(expression.condition, scope) ? expression.yes : expression.no, scope);
    default:
      return expression satisfies never;
  }
}

function lookUp(name: string, line: number, { names, library, source }: Scope): Value {
  const value = names.get(name) ?? library.constants.get(name);
  if (value !== undefined) return value;
  if (library.functions.has(name)) return object(name);
  if (PYTHON_BUILTINS.has(name)) return refuseUnread(source, line, `${name} cannot be computed without Python`);
  // The name is not quoted: it may be a password someone wrote without quotes.
  throw new PythonException("NameError", line, "a name here has no value; is it a text that lacks its quotes?");
}

/** Of Python's own functions those that no library here has. */
const PYTHON_BUILTINS: ReadonlySet<string> = new Set(
  (
    "abs aiter anext ascii bin breakpoint bytearray bytes callable chr classmethod compile complex delattr dir divmod eval " +
    "exec filter getattr globals hasattr hash help hex id input iter issubclass locals map memoryview next object oct ord " +
    "pow property round setattr slice staticmethod sum super type vars __import__"
  ).split(" "),
);

function attribute(target: Value, name: string, scope: Scope): Value {
  if (target.kind === "object") return importedObject(`${target.path}.${name}`, scope, target.mark);
  const field = target.kind === "sequence" ? target.items[target.fields?.indexOf(name) ?? -1] : undefined;
  const path = target.kind === "path" ? pathAttribute(target.value, name) : undefined;
  const value = field ?? (path === undefined ? undefined : tracedTo(variablesOf([target]), path));
  return value ?? { kind: "method", target, name };
}

/** The thing with this dotted name, with the mark it was made with or is known to have. */
export function importedObject(path: string, scope: Scope, mark?: string): Value {
  return scope.library.constants.get(path) ?? object(path, mark);
}

function subscript(holder: Value, index: Expression | Slice, place: Expression, scope: Scope): Value {
  const { line } = place;
  if (index.type === "slice") {
    const bounds = index.bounds.map((bound) => (bound === undefined ? undefined : evaluate(bound, scope)));
    const part = sliceOf(holder, bounds, invocation({ positional: [], keywords: new Map(), line }, scope));
    return tracedTo(scalarVariables(holder), known(part, place, scope, [holder]));
  }
  const key = evaluate(index, scope);
  const item = itemAt(holder, key, invocation({ positional: [], keywords: new Map(), line }, scope));
  return tracedTo(scalarVariables(holder), known(item, place, scope, [holder, key]));
}

/** Those of a text, whose parts all come from them; the items of a container have their own. */
function scalarVariables(value: Value): ReadonlySet<string> {
  return value.variables ?? new Set();
}

/** `left operator right`, made from what both were made from. */
export function combined(place: Expression & { type: "binary" }, left: Value, right: Value, scope: Scope): Value {
  const value = known(binary(place.operator, left, right), place, scope, [left, right]);
  return sizeOf(value) === undefined ? tracedTo(variablesOf([left, right]), value) : value;
}

function comparison({ first, rest, line }: Expression & { type: "comparison" }, scope: Scope): Value {
  let left = evaluate(first, scope);
  for (const { operator, right: expression } of rest) {
    const right = evaluate(expression, scope);
    const found = compared(operator, left, right) ?? comparedObjects(operator, right, line, scope);
    if (!truth(known(found, expression, scope, [left, right]))) return bool(false);
    left = right;
  }
  return bool(true);
}

/** `in sys.path`: nothing is, so that the file adds it, which has no effect. */
function comparedObjects(operator: Comparison, right: Value, line: number, { library }: Scope): Value | undefined {
  if (right.kind !== "object" || !WITHOUT_EFFECT.test(right.path) || !operator.endsWith("in")) return undefined;
  library.remark(line, right.path);
  return bool(operator === "not in");
}

function formattedText(parts: readonly FormattedPart[], place: Expression, scope: Scope): Value {
  const variables = new Set<string>();
  const written = parts.map((part) => {
    if (typeof part === "string") return part;
    const value = evaluate(part.value, scope);
    const spec = formattedText(part.spec, place, scope);
    for (const name of variablesOf([value, spec])) variables.add(name);
    const shown = converted(value, part.conversion);
    const result = shown === undefined || spec.kind !== "text" ? undefined : formatted(shown, spec.value);
    return known(result, place, scope, [value]);
  });
  return tracedTo(variables, text(written.join("")));
}

function dictOf({ entries, line }: Expression & { type: "dict" }, scope: Scope): Value {
  const made: DictValue = { kind: "dict", entries: new Map() };
  const adding = invocation({ positional: [], keywords: new Map(), line }, scope);
  for (const { key, value } of entries) {
    if (key !== undefined) setEntry(made, evaluate(key, scope), evaluate(value, scope), adding);
    else
      for (const [name, entry] of mapping(evaluate(value, scope), line, scope).entries) made.entries.set(name, entry);
  }
  return made;
}

function mapping(value: Value, line: number, { source }: Scope): DictValue {
  return value.kind === "dict" ? value : refuse(source, line, `** is given ${describeValue(value)}, not a dict`);
}

function spread(items: readonly Argument[], scope: Scope): Value[] {
  return items.flatMap(({ stars, value: expression }) => {
    const value = evaluate(expression, scope);
    return stars === "" ? [value] : known(iterated(value), expression, scope, [value]);
  });
}

function call(expression: Expression & { type: "call" }, scope: Scope): Value {
  const { line } = expression;
  const callee = evaluate(expression.callee, scope);
  const positional = spread(
    expression.arguments.filter(({ name, stars }) => name === undefined && stars !== "**"),
    scope,
  );
  const keywords = new Map<string, Value>();
  const add = (name: string, value: Value) => {
    if (keywords.has(name)) refuse(scope.source, line, `the argument ${name} is given twice`);
    keywords.set(name, value);
  };
  for (const { name, stars, value: argument } of expression.arguments) {
    if (name !== undefined) add(name, evaluate(argument, scope));
    if (stars !== "**") continue;
    for (const { key, value } of mapping(evaluate(argument, scope), line, scope).entries.values()) {
      if (key.kind !== "text") refuse(scope.source, line, "a dict behind ** has a key that is no text");
      add(key.value, value);
    }
  }
  const made = invocation({ positional, keywords, line }, scope);
  if (callee.kind === "object") return callKnown(callee.path, callee.mark, made, scope);
  if (callee.kind === "method") return callMethod(callee.target, callee.name, made, scope);
  return made.refuse(`${describeValue(callee)} is called like a function`);
}

/** A call as the functions of a library see it. */
export function invocation(
  made: Pick<Invocation, "positional" | "keywords" | "line" | "mark">,
  { source }: Scope,
): Invocation {
  const { line } = made;
  return {
    ...made,
    refuse: (reason) => refuse(source, line, reason),
    refuseUnread: (reason, cure) => refuseUnread(source, line, reason, cure),
    raise: (type, reason) => {
      throw new PythonException(type, line, reason);
    },
  };
}

function callKnown(path: string, mark: string | undefined, made: Invocation, scope: Scope): Value {
  const { functions, remark } = scope.library;
  const given = [...made.positional, ...made.keywords.values()];
  const run = functions.get(path);
  if (run !== undefined) {
    const value = run({ ...made, mark });
    return HANDING_ON.test(path) ? value : tracedTo(variablesOf(given), value);
  }
  if (WITHOUT_EFFECT.test(path)) remark(made.line, path);
  else if (!HANDED_ON.test(path)) made.refuseUnread(`${path} cannot be computed without Python`);
  return object(`${path}()`, mark ?? firstMark(given));
}

/** Whether a call nobody uses the result of does something here: only what it is made for counts then. */
export function hasEffect(path: string, { library: { functions } }: Scope): boolean {
  return WITHOUT_EFFECT.test(path) || (path.endsWith("()") && functions.has(path.slice(0, -2)));
}

function callMethod(target: Value, name: string, made: Invocation, scope: Scope): Value {
  const result = methodResult(target, name, made, scope);
  if (result === undefined) {
    return made.refuseUnread(`a method of ${describeValue(target)} is called that is not known here`);
  }
  if (sizeOf(target) !== undefined) return result;
  return tracedTo(variablesOf([target, ...made.positional, ...made.keywords.values()]), result);
}

function methodResult(target: Value, name: string, made: Invocation, { library }: Scope): Value | undefined {
  switch (target.kind) {
    case "text":
      return callTextMethod(target, name, made);
    case "dict":
      return callDictMethod(target, name, made);
    case "sequence":
      return callSequenceMethod(target, name, made);
    case "file":
      return callFileMethod(target, name, made);
    case "path":
      return library.functions.get(`${PATH_METHODS}${name}`)?.({ ...made, positional: [target, ...made.positional] });
    default:
      return undefined;
  }
}

function known<Result>(result: Result | undefined, place: Expression, scope: Scope, values: readonly Value[]): Result {
  if (result !== undefined) return result;
  const kinds = values.map(describeValue).join(" and ");
  return refuseUnread(scope.source, place.line, `an operation on ${kinds} cannot be done without Python`);
}
