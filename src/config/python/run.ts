// Runs the statements of a program, one after the other, by the evaluator.
import { configErrors } from "../errors.ts";
import { changeItem } from "./container-methods.ts";
import { combined, evaluate, hasEffect, holds, importedObject, invocation, type Scope, takeSteps } from "./evaluate.ts";
import { isCaughtBy, PythonException } from "./exceptions.ts";
import type { Library } from "./known-function.ts";
import { refuse, refuseUnread, type Source } from "./source.ts";
import type { Argument, Block, Expression, Handler, Statement } from "./syntax.ts";
import { describeValue, iterated, NONE, pythonText, sequence, sizeOf, type Value } from "./value.ts";

interface Program {
  readonly source: Source;
  /** Those that it has at its beginning; the program adds its own. */
  readonly names: Map<string, Value>;
  readonly library: Library;
}

/** How a block ended: at its end, or by a jump that the loop around it takes. */
type BlockEnd = "break" | "continue" | undefined;

/** Modules of Python 2 and of Buildbot 0.8, which no Python that runs Buildbot 4 has. */
const MISSING_MODULES =
  /^(?:buildslave|ConfigParser|Queue|StringIO|__builtin__|cPickle|commands|cookielib|httplib|urllib2|urlparse)$/;

/** Packages whose import changes nothing that a worker sees: Buildbot's, Twisted's, and most of Python's own. */
const KNOWN_MODULES: ReadonlySet<string> = new Set(
  (
    "__future__ abc argparse ast asyncio atexit base64 binascii builtins buildbot_worker calendar codecs collections " +
    "configparser contextlib copy csv ctypes datetime email enum errno faulthandler fcntl fnmatch functools gc getopt " +
    "getpass glob grp gzip hashlib hmac html http importlib inspect io ipaddress itertools json locale logging math " +
    "mimetypes multiprocessing netrc operator optparse os pathlib pickle platform posix pprint pwd queue random re " +
    "resource secrets select shelve shlex shutil signal site socket sqlite3 ssl stat string struct subprocess sys " +
    "sysconfig syslog tempfile textwrap threading time tomllib traceback twisted types typing unicodedata urllib uuid " +
    "warnings weakref xml zipfile zlib zope"
  ).split(" "),
);

/** Runs a program. Throws a usage error at what only Python can do, and where the program ends the start itself. */
export function run(statements: Block, program: Program): void {
  try {
    const end = runBlock(statements, { ...program, budget: { steps: 0 } });
    if (end !== undefined) refuse(program.source, statements.at(-1)!.line, `'${end}' stands outside a loop`);
  } catch (error) {
    if (!(error instanceof PythonException)) throw error;
    const { line, message, type, isOwn, exitCode } = error;
    if (!isOwn) refuse(program.source, line, message);
    const words = withoutSecrets(message, program);
    const reason =
      type === "SystemExit" ? words || `exit status ${exitCode}` : [type, words].filter(Boolean).join(": ");
    throw configErrors.tacEnded(program.source.path, line, reason).withExitCode(exitCode);
  }
}

/** Names that secrets are given in programs and environments. */
const SECRET_NAME = /pass|pw|secret|token|key|credential/i;

/** The text without what has the name of a secret, in the program or in its environment. */
function withoutSecrets(words: string, { names, library }: Program): string {
  const variables = library.constants.get("os.environ");
  const entries = variables?.kind === "dict" ? [...variables.entries.values()] : [];
  return [...names, ...entries.map(([key, value]) => [pythonText(key) ?? "", value] as const)]
    .filter(([name]) => SECRET_NAME.test(name))
    .map(([, value]) => pythonText(value) ?? "")
    .filter((secret) => secret !== "")
    .reduce((rest, secret) => rest.replaceAll(secret, "***"), words);
}

function runBlock(statements: Block, scope: Scope): BlockEnd {
  for (const statement of statements) {
    const end = runOne(statement, scope);
    if (end !== undefined) return end;
  }
  return undefined;
}

function runOne(statement: Statement, scope: Scope): BlockEnd {
  const { line } = statement;
  takeSteps(1, line, scope);
  switch (statement.type) {
    case "pass":
      return undefined;
    case "break":
    case "continue":
      return statement.type;
    case "import":
      for (const { name, path } of statement.bindings) scope.names.set(name, imported(path, line, scope));
      return undefined;
    case "assign": {
      const value = evaluate(statement.value, scope);
      for (const target of statement.targets) assign(target, value, scope);
      return undefined;
    }
    case "augment":
      augment(statement, scope);
      return undefined;
    case "delete":
      assign(statement.target, undefined, scope);
      return undefined;
    case "expression":
      runExpression(statement.value, scope);
      return undefined;
    case "if": {
      const branch = statement.branches.find(({ condition }) => holds(condition, scope));
      return runBlock(branch?.body ?? statement.otherwise, scope);
    }
    case "for":
      return runLoop(statement, scope);
    case "with":
      for (const { name, value: expression } of statement.files) {
        const value = evaluate(expression, scope);
        if (value.kind !== "file") refuseUnread(scope.source, line, "'with' is only read with open(…)");
        if (name !== undefined) scope.names.set(name, value);
      }
      return runBlock(statement.body, scope);
    case "try":
      return runTry(statement, scope);
    case "assert": {
      if (holds(statement.condition, scope)) return undefined;
      const words = statement.words === undefined ? "" : wordsOf(evaluate(statement.words, scope));
      throw new PythonException("AssertionError", line, words, OWN);
    }
    case "raise":
      return raise(statement, scope);
    default:
      return statement satisfies never;
  }
}

/** What a file raises ends `start` with this status, as with the real worker. */
const OWN = { exitCode: 1 } as const;

function imported(path: string, line: number, scope: Scope): Value {
  const [root = ""] = path.split(".", 1);
  if (MISSING_MODULES.test(root)) {
    const cure =
      root === "buildslave" ? "; import Worker from buildbot_worker.bot, as 'buildhand create-worker' writes" : "";
    throw new PythonException("ModuleNotFoundError", line, `there is no module ${root} for this Python${cure}`);
  }
  // It may do anything, such as set variables; and nobody knows here whether it is installed.
  if (!KNOWN_MODULES.has(root)) refuseUnread(scope.source, line, `the module ${root} is not part of Python`);
  return importedObject(path, scope);
}

/** A call nobody uses the result of is made for its effect, so it must be one that is known. */
function runExpression(expression: Expression, scope: Scope): void {
  const result = evaluate(expression, scope);
  if (expression.type === "call" && result.kind === "object" && !hasEffect(result.path, scope)) {
    refuseUnread(scope.source, expression.line, `this line calls ${describeValue(result)}`);
  }
}

/** Gives the value to what stands on the left of `=`; without a value, deletes it. */
function assign(target: Expression, value: Value | undefined, scope: Scope): void {
  const { line } = target;
  if (target.type === "name") {
    if (value !== undefined) scope.names.set(target.name, value);
    else if (!scope.names.delete(target.name))
      throw new PythonException("NameError", line, "a deleted name has no value");
  } else if (target.type === "sequence") {
    const values = value === undefined ? [] : unpacked(target.items, value, line, scope);
    for (const [index, item] of target.items.entries()) assign(item.value, values[index], scope);
  } else if (target.type !== "subscript") {
    assignAttribute(target, scope);
  } else if (target.index.type === "slice") {
    refuseUnread(scope.source, line, "a part of a list is changed", "make a new list of it");
  } else {
    const holder = evaluate(target.target, scope);
    const isKnown = changeItem(invocation(line, scope), holder, evaluate(target.index, scope), value);
    if (!isKnown) refuseUnread(scope.source, line, `an item of ${describeValue(holder)} is changed`);
  }
}

function unpacked(items: readonly Argument[], value: Value, line: number, { source }: Scope): readonly Value[] {
  const values = [...(iterated(value) ?? refuse(source, line, `${describeValue(value)} is assigned to several names`))];
  const star = items.findIndex(({ stars }) => stars === "*");
  const rest = values.length - items.length + 1;
  if (star >= 0 && rest >= 0) values.splice(star, rest, sequence("list", values.slice(star, star + rest)));
  if (values.length === items.length) return values;
  throw new PythonException("ValueError", line, `${values.length} values are assigned to ${items.length} names`);
}

function assignAttribute(target: Expression, scope: Scope): void {
  const { line } = target;
  const thing = evaluate(target, scope);
  const path = thing.kind === "object" ? thing.path : "";
  if (path === "sys.path") return scope.library.remark(line, path);
  const cure = path.endsWith("max_line_length")
    ? "write 'line_limit = …', which sets the longest line here"
    : undefined;
  const kind = thing.kind === "method" ? describeValue(thing.target) : path;
  return refuseUnread(scope.source, line, `only plain names can be given a value here, not a part of ${kind}`, cure);
}

function augment({ target, operator, line, value: added }: Statement & { type: "augment" }, scope: Scope): void {
  const before = evaluate(target, scope);
  if (before.kind === "object") return assignAttribute(target, scope);
  const value = evaluate(added, scope);
  if (operator !== "+" || before.kind !== "list") {
    return assign(target, { ...combined({ operator, line }, before, value, scope), line }, scope);
  }
  // A list stays the one that other names have, too.
  before.items.push(...(iterated(value) ?? refuse(scope.source, line, `${describeValue(value)} is added to a list`)));
  return assign(target, before, scope);
}

function runLoop({ target, items, body, otherwise, line }: Statement & { type: "for" }, scope: Scope): BlockEnd {
  const list = evaluate(items, scope);
  const all = iterated(list) ?? refuseUnread(scope.source, line, `a loop over ${describeValue(list)} cannot be read`);
  const size = sizeOf(list);
  // By index, since a list may grow or shrink under its loop, as in Python.
  for (let index = 0; index < all.length; index += 1) {
    takeSteps(1, line, scope);
    assign(target, all[index]!, scope);
    if (runBlock(body, scope) === "break") return undefined;
    if (list.kind === "dict" && !list.isEnvironment && sizeOf(list) !== size) {
      throw new PythonException(
        "RuntimeError",
        line,
        "a dict changes its size while a loop goes over it; loop over list(…) of it",
      );
    }
  }
  return runBlock(otherwise, scope);
}

function runTry(statement: Statement & { type: "try" }, scope: Scope): BlockEnd {
  try {
    const end = guarded(statement, scope);
    return runBlock(statement.finally, scope) ?? end;
  } catch (error) {
    if (!(error instanceof PythonException)) throw error;
    const end = runBlock(statement.finally, scope);
    if (end !== undefined) return end;
    throw error;
  }
}

function guarded({ body, handlers, otherwise }: Statement & { type: "try" }, scope: Scope): BlockEnd {
  let end: BlockEnd;
  try {
    end = runBlock(body, scope);
  } catch (error) {
    if (!(error instanceof PythonException)) throw error;
    const handler = handlers.find(({ type }) => type === undefined || takes(type, error, scope));
    if (handler === undefined) throw error;
    return handle(handler, error, scope);
  }
  return end ?? runBlock(otherwise, scope);
}

function takes(type: Expression, error: PythonException, scope: Scope): boolean {
  const value = evaluate(type, scope);
  const types = value.kind === "tuple" ? value.items : [value];
  return types.some((each) => {
    if (each.kind !== "object") return refuse(scope.source, type.line, `'except' is given ${describeValue(each)}`);
    return isCaughtBy(error.type, each.path.replace(/^builtins\./, ""));
  });
}

function handle({ name, body }: Handler, error: PythonException, scope: Scope): BlockEnd {
  if (name !== undefined) scope.names.set(name, { kind: "exception", type: error.type, words: error.message });
  try {
    return runBlock(body, scope);
  } catch (raised) {
    throw raised instanceof PythonException && raised.type === RAISED_AGAIN ? error : raised;
  } finally {
    if (name !== undefined) scope.names.delete(name);
  }
}

/** The type of a `raise` without a value, on its way to the handler that it stands in. */
const RAISED_AGAIN = "raise";

function raise({ value, line }: Statement & { type: "raise" }, scope: Scope): never {
  if (value === undefined)
    throw new PythonException(RAISED_AGAIN, line, "'raise' without a value stands outside 'except'");
  const type = value.type === "call" ? evaluate(value.callee, scope) : evaluate(value, scope);
  if (type.kind === "exception") throw new PythonException(type.type, line, type.words, OWN);
  if (type.kind !== "object") return refuse(scope.source, line, `${describeValue(type)} is raised`);
  const [first] = value.type === "call" ? value.arguments : [];
  const given = first === undefined ? NONE : evaluate(first.value, scope);
  if (type.path === "SystemExit")
    scope.library.functions.get("sys.exit")?.({ ...invocation(line, scope), positional: [given] });
  throw new PythonException(type.path, line, first === undefined ? "" : wordsOf(given), OWN);
}

function wordsOf(value: Value): string {
  return pythonText(value) ?? describeValue(value);
}
