// Expressions to values. Knows the language; the functions it may call are given to it.
import { itemAt, setEntry, sliceOf } from "./container-methods.ts";
import { PythonException } from "./exceptions.ts";
import { pathAttribute } from "./files.ts";
import { converted, formatted } from "./format.ts";
import { type Invocation, type Library, resultValue } from "./known-function.ts";
import { binary, compared, signed } from "./operators.ts";
import { refuse, refuseUnread, type Source } from "./source.ts";
import type { Argument, BinaryOperator, Expression, FormattedPart } from "./syntax.ts";
import {
  type DictValue,
  describeValue,
  dict,
  firstMark,
  ITEMS_LIMIT,
  isSequence,
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

/** Functions, and kinds with all their methods, whose results come from the items they hand on and nothing else. */
const HANDING_ON = /^(?:dict|list|tuple|set|sorted|reversed|enumerate|zip|len|bool)\b/;

/** Longest dotted name of something only Python has. */
const PATH_LIMIT_CHARS = 300;

/** The value, or a usage error that names the line and never quotes a text or an unknown name. */
export function evaluate(expression: Expression, scope: Scope): Value {
  const { line } = expression;
  const value = compute(expression, scope);
  const chars =
    value.kind === "object"
      ? value.path.length
      : typeof value.kind === "string" && "value" in value
        ? String(value.value).length
        : 0;
  const items = sizeOf(value) ?? 0;
  if (chars > (value.kind === "object" ? PATH_LIMIT_CHARS : TEXT_LIMIT_CHARS)) {
    refuse(scope.source, line, "a value here is too long for a setting");
  }
  if (items > ITEMS_LIMIT) refuse(scope.source, line, `a list or dict here has more than ${ITEMS_LIMIT} items`);
  takeSteps(1 + Math.floor(chars / 256 + items / 16), line, scope);
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
  return known(truth(value), expression.line, scope, [value]);
}

function compute(expression: Expression, scope: Scope): Value {
  const { line } = expression;
  switch (expression.type) {
    case "literal":
      return expression.value;
    case "formatted":
      return formattedText(expression.parts, line, scope);
    case "name":
      return lookUp(expression.name, line, scope);
    case "sequence":
      return sequence(expression.kind, spread(expression.items, scope));
    case "dict":
      return dictOf(expression.entries, line, scope);
    case "attribute":
      return attribute(evaluate(expression.target, scope), expression.name, scope);
    case "subscript":
      return subscript(expression, scope);
    case "call":
      return call(expression, scope);
    case "not":
      return resultValue(!holds(expression.operand, scope));
    case "sign": {
      const operand = evaluate(expression.operand, scope);
      return resultValue(known(signed(expression.operator, operand), line, scope, [operand]));
    }
    case "binary":
      return combined(expression, evaluate(expression.left, scope), evaluate(expression.right, scope), scope);
    case "comparison":
      return resultValue(comparison(expression, scope));
    case "choice": {
      const left = evaluate(expression.left, scope);
      if (known(truth(left), line, scope, [left]) === (expression.operator === "or")) return left;
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
    "abs all any ascii bin bytes callable chr compile delattr dir divmod eval exec filter format frozenset getattr globals " +
    "hasattr hash hex id input isinstance issubclass iter locals map next object oct ord pow property round setattr slice " +
    "sum super type vars __import__ __name__"
  ).split(" "),
);

function attribute(target: Value, name: string, scope: Scope): Value {
  if (target.kind === "object") return importedObject(`${target.path}.${name}`, scope, target.mark);
  if (target.kind === "path") {
    const part = pathAttribute(target.value, name);
    if (part !== undefined) return tracedTo(variablesOf([target]), part);
  }
  const field = isSequence(target) ? target.items[target.fields?.indexOf(name) ?? -1] : undefined;
  return field ?? { kind: "method", target, name };
}

/** The thing with this dotted name, with the mark it was made with or is known to have. */
export function importedObject(path: string, { library }: Scope, mark?: string): Value {
  return library.constants.get(path) ?? object(path, mark);
}

function subscript({ target, index, line }: Expression & { type: "subscript" }, scope: Scope): Value {
  const holder = evaluate(target, scope);
  const call = invocation(line, scope);
  const item =
    index.type === "slice"
      ? sliceOf(
          holder,
          index.bounds.map((bound) => bound && evaluate(bound, scope)),
          call,
        )
      : itemAt(holder, evaluate(index, scope), call);
  // The parts of a text come from what all of it came from; the items of a container have their own.
  return tracedTo(holder.variables ?? new Set(), known(item, line, scope, [holder]));
}

/** `left operator right`, made from what both were made from. */
export function combined(
  { operator, line }: { operator: BinaryOperator; line: number },
  left: Value,
  right: Value,
  scope: Scope,
): Value {
  const value = resultValue(known(binary(operator, left, right), line, scope, [left, right]));
  return isSequence(value) ? value : tracedTo(variablesOf([left, right]), value);
}

function comparison({ first, rest }: Expression & { type: "comparison" }, scope: Scope): boolean {
  let left = evaluate(first, scope);
  for (const { operator, right: expression } of rest) {
    const right = evaluate(expression, scope);
    // Nothing is in sys.path, so that the file adds it, which has no effect.
    const isWithoutEffect = right.kind === "object" && WITHOUT_EFFECT.test(right.path) && operator.endsWith("in");
    const found = isWithoutEffect ? operator === "not in" : compared[operator](left, right);
    if (!known(found, expression.line, scope, [left, right])) return false;
    left = right;
  }
  return true;
}

function formattedText(parts: readonly FormattedPart[], line: number, scope: Scope): Value {
  const variables = new Set<string>();
  const written = parts.map((part) => {
    if (typeof part === "string") return part;
    const value = evaluate(part.value, scope);
    const spec = formattedText(part.spec, line, scope);
    for (const name of variablesOf([value])) variables.add(name);
    const shown = converted(value, part.conversion);
    return known(shown && spec.kind === "text" ? formatted(shown, spec.value) : undefined, line, scope, [value]);
  });
  return tracedTo(variables, text(written.join("")));
}

function dictOf(entries: (Expression & { type: "dict" })["entries"], line: number, scope: Scope): Value {
  const made = dict();
  for (const { key, value } of entries) {
    if (key !== undefined) setEntry(invocation(line, scope), made, evaluate(key, scope), evaluate(value, scope));
    else for (const [name, entry] of mapping(value, scope).entries) made.entries.set(name, entry);
  }
  return made;
}

/** What stands behind `**`. */
function mapping(expression: Expression, scope: Scope): DictValue {
  const value = evaluate(expression, scope);
  return value.kind === "dict"
    ? value
    : refuse(scope.source, expression.line, `** is given ${describeValue(value)}, not a dict`);
}

function spread(items: readonly Argument[], scope: Scope): Value[] {
  return items.flatMap(({ stars, value: expression }) => {
    const value = evaluate(expression, scope);
    return stars === "" ? [value] : known(iterated(value), expression.line, scope, [value]);
  });
}

function call({ callee: expression, arguments: given, line }: Expression & { type: "call" }, scope: Scope): Value {
  const callee = evaluate(expression, scope);
  const positional = spread(
    given.filter(({ name, stars }) => name === undefined && stars !== "**"),
    scope,
  );
  const keywords = new Map<string, Value>();
  const add = (name: string, value: Value) => {
    if (keywords.has(name)) refuse(scope.source, line, `the argument ${name} is given twice`);
    keywords.set(name, value);
  };
  for (const { name, stars, value } of given) {
    if (name !== undefined) add(name, evaluate(value, scope));
    if (stars !== "**") continue;
    for (const [key, item] of mapping(value, scope).entries.values()) {
      add(key.kind === "text" ? key.value : refuse(scope.source, line, "a key behind ** is no text"), item);
    }
  }
  const made = { ...invocation(line, scope), positional, keywords };
  if (callee.kind === "object") return callKnown(callee.path, { ...made, mark: callee.mark }, scope);
  if (callee.kind !== "method") return made.refuse(`${describeValue(callee)} is called like a function`);
  const { target, name } = callee;
  const isKnown = scope.library.functions.has(`${target.kind}.${name}`);
  if (!isKnown) return made.refuseUnread(`a method of ${describeValue(target)} is called that is not known here`);
  return callKnown(`${target.kind}.${name}`, { ...made, positional: [target, ...positional] }, scope);
}

/** A call as the functions of a library see it, without its arguments. */
export function invocation(line: number, { source }: Scope): Invocation {
  return {
    positional: [],
    keywords: new Map(),
    line,
    refuse: (reason) => refuse(source, line, reason),
    refuseUnread: (reason, cure) => refuseUnread(source, line, reason, cure),
    raise: (type, reason) => {
      throw new PythonException(type, line, reason);
    },
  };
}

function callKnown(path: string, made: Invocation, scope: Scope): Value {
  const { functions, remark } = scope.library;
  const given = [...made.positional, ...made.keywords.values()];
  const run = functions.get(path);
  if (run !== undefined) {
    const result = run(made);
    if (result === undefined) made.refuseUnread(`this call of ${path}() cannot be computed without Python`);
    const value = resultValue(result);
    return HANDING_ON.test(path) ? value : tracedTo(variablesOf(given), value);
  }
  if (WITHOUT_EFFECT.test(path)) remark(made.line, path);
  else if (!HANDED_ON.test(path)) made.refuseUnread(`${path} cannot be computed without Python`);
  return object(`${path}()`, made.mark ?? firstMark(given));
}

/** Whether a call that nobody uses the result of does something here: only what it is made for counts then. */
export function hasEffect(path: string, { library: { functions } }: Scope): boolean {
  return WITHOUT_EFFECT.test(path) || (path.endsWith("()") && functions.has(path.slice(0, -2)));
}

function known<Known>(result: Known | undefined, line: number, { source }: Scope, values: readonly Value[]): Known {
  if (result !== undefined) return result;
  const kinds = values.map(describeValue).join(" and ");
  return refuseUnread(source, line, `an operation on ${kinds} cannot be done without Python`);
}
