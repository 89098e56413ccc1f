// Evaluates expressions: names, attributes, items, calls. Independent of syntax; the functions come from a library.
import { changeItem, itemAt, sliceOf } from "./container-methods.ts";
import { PythonException } from "./exceptions.ts";
import { pathAttribute } from "./files.ts";
import { type Invocation, resultValue } from "./known-function.ts";
import { type BinaryOperator, binary } from "./operators.ts";
import { refuse, refuseUnread } from "./source.ts";
import { type Argument, evaluate, known, type Scope } from "./syntax.ts";
import {
  type DictValue,
  describeValue,
  firstMark,
  isSequence,
  iterated,
  listOf,
  object,
  tracedTo,
  type Value,
  variablesOf,
} from "./value.ts";

/** Packages whose unknown calls are allowed, because their results are only passed to other calls. */
const HANDED_ON = /^(?:twisted|buildbot_worker|zope)\./;

/** Modules that have no effect on a worker. */
export const WITHOUT_EFFECT = /^(?:logging|warnings|sys\.path)\b/;

/** Functions, and kinds with all their methods, whose results depend only on the items that they return. */
const HANDING_ON = /^(?:dict|list|tuple|set|sorted|reversed|enumerate|zip|len|bool|min|max|os\.getenv)\b/;

/** The value of a name. */
export function lookUp(name: string, line: number, { names, library, source }: Scope): Value {
  const value = names.get(name) ?? library.constants.get(name);
  if (value !== undefined) return value;
  if (library.functions.has(name)) return object(name);
  if (PYTHON_BUILTINS.has(name)) return refuseUnread(source, line, `${name} cannot be computed without Python`);
  // The message does not contain the name, which may be a password without quotes.
  throw new PythonException("NameError", line, "a name is not defined; are the quotes of a string missing?");
}

/** Python's built-in functions that are not supported. */
const PYTHON_BUILTINS: ReadonlySet<string> = new Set(
  (
    "abs all any ascii bin bytes callable chr compile delattr dir divmod eval exec filter format frozenset getattr globals " +
    "hasattr hash hex id input isinstance issubclass iter locals map next object oct ord pow property round setattr slice " +
    "sum super type vars __import__"
  ).split(" "),
);

/** `target.name`. */
export function attributeOf(target: Value, name: string, scope: Scope): Value {
  if (target.kind === "object") return importedObject(`${target.path}.${name}`, scope, target.mark);
  const part = target.kind === "path" ? pathAttribute(target.value, name) : undefined;
  const field = isSequence(target) ? target.items[target.fields?.indexOf(name) ?? -1] : undefined;
  return field ?? (part ? tracedTo(variablesOf([target]), part) : { kind: "method", target, name });
}

/** The object with this dotted name, with its mark. */
export function importedObject(path: string, { library }: Scope, mark?: string): Value {
  return library.constants.get(path) ?? object(path, mark);
}

/** Only attributes without an effect on a worker can be set. */
export function setAttribute(target: Value, name: string, line: number, scope: Scope): void {
  const path = target.kind === "object" ? `${target.path}.${name}` : "";
  if (path === "sys.path") return scope.library.remark(line, path);
  const cure = name === "max_line_length" ? "use 'line_limit = …' instead" : undefined;
  const what = target.kind === "object" ? target.path : describeValue(target);
  return refuseUnread(scope.source, line, `only plain names can be assigned here, not a part of ${what}`, cure);
}

/** `holder[index]`; the bounds of a slice are an array. */
export function itemOf(
  holder: Value,
  index: Value | readonly (Value | undefined)[],
  line: number,
  scope: Scope,
): Value {
  const call = invocation(line, scope);
  const item = "kind" in index ? itemAt(holder, index, call) : sliceOf(holder, index, call);
  // Parts of a string have the origin of the string. The items of a container have their own.
  return tracedTo(holder.variables ?? new Set(), known(item, line, scope, [holder]));
}

/** `holder[index] = value`, or without a value `del holder[index]`. */
export function setItem(holder: Value, index: Value, value: Value | undefined, { line, scope }: Place): void {
  if (!changeItem(invocation(line, scope), holder, index, value)) {
    refuseUnread(scope.source, line, `an item of ${describeValue(holder)} is changed`);
  }
}

interface Place {
  readonly line: number;
  readonly scope: Scope;
}

/** The values for the items on the left of `=`. */
export function unpacked(items: readonly Argument[], value: Value, { line, scope }: Place): readonly Value[] {
  const values = [...known(iterated(value), line, scope, [value])];
  const star = items.findIndex(({ stars }) => stars === "*");
  const rest = values.length - items.length + 1;
  if (star >= 0 && rest >= 0) values.splice(star, rest, listOf(values.slice(star, star + rest)));
  if (values.length === items.length) return values;
  throw new PythonException("ValueError", line, `${values.length} values are assigned to ${items.length} names`);
}

/** `left operator right`, with the origins of both. */
export function combined(operator: BinaryOperator, left: Value, right: Value, { line, scope }: Place): Value {
  const value = resultValue(known(binary(operator, left, right), line, scope, [left, right]));
  return isSequence(value) ? value : tracedTo(variablesOf([left, right]), value);
}

/** The operand of `**`. */
export function mappingOf({ value: expression }: Argument, scope: Scope): DictValue {
  const value = evaluate(expression, scope);
  const refused = `** needs a dict, got ${describeValue(value)}`;
  return value.kind === "dict" ? value : refuse(scope.source, expression.line, refused);
}

/** The values of positional arguments, or of items. */
export function spread(items: readonly Argument[], scope: Scope): Value[] {
  return items.flatMap(({ stars, value: expression }) => {
    const value = evaluate(expression, scope);
    return stars === "" ? [value] : known(iterated(value), expression.line, scope, [value]);
  });
}

/** `callee(…)`. */
export function called(callee: Value, given: readonly Argument[], { line, scope }: Place): Value {
  const positional = spread(
    given.filter(({ name, stars }) => name === undefined && stars !== "**"),
    scope,
  );
  const keywords = new Map<string, Value>();
  const add = (name: string, value: Value) => {
    if (keywords.has(name)) refuse(scope.source, line, `the argument ${name} is given twice`);
    keywords.set(name, value);
  };
  for (const argument of given) {
    if (argument.name !== undefined) add(argument.name, evaluate(argument.value, scope));
    if (argument.stars !== "**") continue;
    for (const [key, item] of mappingOf(argument, scope).entries.values()) {
      add(key.kind === "text" ? key.value : refuse(scope.source, line, "a key after ** is not a string"), item);
    }
  }
  const made = { ...invocation(line, scope), positional, keywords };
  if (callee.kind === "object") return callKnown(callee.path, { ...made, mark: callee.mark }, scope);
  if (callee.kind !== "method") return made.refuse(`${describeValue(callee)} is called like a function`);
  const path = `${callee.target.kind}.${callee.name}`;
  if (scope.library.functions.has(path))
    return callKnown(path, { ...made, positional: [callee.target, ...positional] }, scope);
  return made.refuseUnread(`an unsupported method of ${describeValue(callee.target)} is called`);
}

/** A call as it is passed to the functions of a library, without its arguments. */
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

function callKnown(path: string, made: Invocation, { library: { functions, remark } }: Scope): Value {
  const given = [...made.positional, ...made.keywords.values()];
  const run = functions.get(path);
  if (run !== undefined) {
    const result = run(made);
    if (result === undefined) return made.refuseUnread(`this call of ${path}() cannot be computed without Python`);
    return HANDING_ON.test(path) ? resultValue(result) : tracedTo(variablesOf(given), resultValue(result));
  }
  if (WITHOUT_EFFECT.test(path)) remark(made.line, path);
  else if (!HANDED_ON.test(path)) made.refuseUnread(`${path} cannot be computed without Python`);
  return object(`${path}()`, made.mark ?? firstMark(given));
}
