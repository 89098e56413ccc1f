// Parses tokens into statements that can be executed. Only the statements of a buildbot.tac are supported.
import { combined, importedObject, WITHOUT_EFFECT } from "./evaluate.ts";
import { isCaughtBy, PythonException } from "./exceptions.ts";
import { binaryOperators } from "./operators.ts";
import { parseExpression, parseExpressionList, parseTargets } from "./parse-expression.ts";
import { refuse, refuseUnread, type Source } from "./source.ts";
import { type Expression, evaluate, holds, known, type Scope, type Statement, takeSteps } from "./syntax.ts";
import { KEYWORDS, TokenReader } from "./token-reader.ts";
import { tokenize } from "./tokens.ts";
import { describeValue, iterated, pythonText, sizeOf, type Value } from "./value.ts";

/** Parses a file. Throws a usage error with the line for anything that is not supported. */
export function parseProgram(source: Source): Statement {
  const tokens = new TokenReader(source, tokenize(source));
  const statements: Statement[] = [];
  while (tokens.peek().type !== "end") statements.push(parseStatement(tokens));
  return inOrder(statements);
}

function inOrder(statements: readonly Statement[]): Statement {
  return (scope) => {
    for (const statement of statements) {
      const end = statement(scope);
      if (end !== undefined) return end;
    }
    return undefined;
  };
}

type StatementParser = (tokens: TokenReader, line: number) => Statement;

/** Compound statements by their keyword. */
const COMPOUND: ReadonlyMap<string, StatementParser> = new Map([
  ["if", parseIf],
  ["for", parseFor],
  ["with", parseWith],
  ["try", parseTry],
]);

const SIMPLE: ReadonlyMap<string, StatementParser> = new Map<string, StatementParser>([
  ["pass", () => () => undefined],
  ["break", () => () => "break"],
  ["continue", () => () => "continue"],
  ["import", parseImport],
  ["from", parseFromImport],
  ["del", parseDelete],
  ["raise", parseRaise],
  ["assert", parseAssert],
]);

/** Alternatives to unsupported statements. */
const CURES: Readonly<Record<string, string>> = {
  while: "repeat with 'for … in range(…)'",
  global: "leave it out: all names of the file are global",
};

/** One compound statement, or a line of simple statements. */
function parseStatement(tokens: TokenReader): Statement {
  const first = tokens.peek();
  const { line } = first;
  if (first.type === "indent") tokens.refuse("unexpected indentation");
  const compound = first.type === "name" ? COMPOUND.get(first.text) : undefined;
  if (compound !== undefined) {
    tokens.take();
    return counted(compound(tokens, line), line);
  }
  const statements: Statement[] = [];
  do {
    if (tokens.peek().type === "newline") break;
    statements.push(counted(parseSimple(tokens), line));
  } while (tokens.accept(";"));
  if (!tokens.acceptType("newline")) tokens.refuse("expected the end of the line; is a comma or quote missing?");
  return inOrder(statements);
}

function counted(statement: Statement, line: number): Statement {
  return (scope) => {
    takeSteps(1, line, scope);
    return statement(scope);
  };
}

function parseSimple(tokens: TokenReader): Statement {
  const first = tokens.peek();
  const word = first.type === "name" || first.type === "operator" ? first.text : "";
  const simple = SIMPLE.get(word);
  if (simple !== undefined) {
    tokens.take();
    return simple(tokens, first.line);
  }
  if (word === "@" || (KEYWORDS.has(word) && !/^(?:None|True|False|not|lambda)$/.test(word))) {
    tokens.refuseUnread(`a '${word}' statement cannot be read`, CURES[word]);
  }
  return parseAssignment(tokens);
}

/** `a = b = expression`, `a: type = expression`, `a += expression`, or an expression. */
function parseAssignment(tokens: TokenReader): Statement {
  const { line } = tokens;
  const first = parseExpressionList(tokens);
  const next = tokens.word();
  const operator = binaryOperators.find((each) => next === `${each}=`);
  if (operator !== undefined) {
    tokens.take();
    const assign = assigned(first, tokens);
    const value = parseExpressionList(tokens);
    return (scope) => assign(augmented(operator, evaluate(first, scope), value, { line, scope }), scope);
  }
  if (tokens.accept(":")) {
    parseExpression(tokens);
    if (!tokens.sees("=")) return () => undefined;
  }
  const targets: Assign[] = [];
  let value = first;
  while (tokens.accept("=")) {
    targets.push(assigned(value, tokens));
    value = parseExpressionList(tokens);
  }
  if (targets.length === 0) return (scope) => runExpression(first, scope);
  return (scope) => {
    const result = evaluate(value, scope);
    for (const assign of targets) assign(result, scope);
    return undefined;
  };
}

type Assign = (value: Value | undefined, scope: Scope) => undefined;

/** The function that assigns to the expression. */
function assigned({ assign }: Expression, tokens: TokenReader): Assign {
  if (assign === undefined) tokens.refuse("only a name or an item of a list or dict can be assigned");
  return (value, scope) => {
    assign(value, scope);
    return undefined;
  };
}

/** A list is changed in place, so that other names of it see the change. */
function augmented(
  operator: (typeof binaryOperators)[number],
  before: Value,
  added: Expression,
  place: { line: number; scope: Scope },
): Value {
  const { line, scope } = place;
  if (before.kind === "object") return before;
  const value = evaluate(added, scope);
  if (operator !== "+" || before.kind !== "list") return { ...combined(operator, before, value, place), line };
  before.items.push(...known(iterated(value), line, scope, [before, value]));
  return before;
}

/** A call whose result is unused has an effect, so it must be supported. */
function runExpression(expression: Expression, scope: Scope): undefined {
  const result = evaluate(expression, scope);
  if (result.kind !== "object" || !result.path.endsWith("()") || WITHOUT_EFFECT.test(result.path)) return undefined;
  if (scope.library.functions.has(result.path.slice(0, -2))) return undefined;
  return refuseUnread(scope.source, expression.line, `this line calls ${describeValue(result)}`);
}

/** Modules of Python 2 and of Buildbot 0.8, which do not exist with Buildbot 4. */
const MISSING_MODULES =
  /^(?:buildslave|ConfigParser|Queue|StringIO|__builtin__|cPickle|commands|cookielib|httplib|urllib2|urlparse)$/;

/** Packages whose import has no effect on a worker: Buildbot's, Twisted's, and most of Python's own. */
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

function parseImport(tokens: TokenReader, line: number): Statement {
  const imports: Statement[] = [];
  do {
    const path = parseDottedName(tokens);
    const root = path.replace(/\..*/, "");
    const name = parseAlias(tokens);
    imports.push(importing(name ?? root, name === undefined ? root : path, line));
  } while (tokens.accept(","));
  return inOrder(imports);
}

function parseFromImport(tokens: TokenReader, line: number): Statement {
  const module = parseDottedName(tokens);
  tokens.expect("import", "after the name of a module");
  if (tokens.sees("*")) tokens.refuseUnread("'import *' cannot be read", "name what the file uses");
  const imports: Statement[] = [];
  const bracket = tokens.accept("(");
  do {
    if (bracket && tokens.sees(")")) break;
    const imported = tokens.name("a name to import");
    imports.push(importing(parseAlias(tokens) ?? imported, `${module}.${imported}`, line));
  } while (tokens.accept(","));
  if (bracket) tokens.expect(")", "after the names to import");
  return inOrder(imports);
}

/** Binds `name` to the object with the dotted `path`. */
function importing(name: string, path: string, line: number): Statement {
  const [root = ""] = path.split(".", 1);
  return (scope) => {
    if (MISSING_MODULES.test(root)) {
      const cure =
        root === "buildslave" ? "; import Worker from buildbot_worker.bot, as 'buildhand create-worker' writes" : "";
      throw new PythonException("ModuleNotFoundError", line, `there is no module ${root} for this Python${cure}`);
    }
    // It may have any effect, such as setting variables, and it may not be installed.
    if (!KNOWN_MODULES.has(root)) refuseUnread(scope.source, line, `the module ${root} is not part of Python`);
    scope.names.set(name, importedObject(path, scope));
    return undefined;
  };
}

function parseAlias(tokens: TokenReader): string | undefined {
  return tokens.accept("as") ? tokens.name("a name after 'as'") : undefined;
}

function parseDottedName(tokens: TokenReader): string {
  const names = [tokens.name("the name of a module")];
  while (tokens.accept(".")) names.push(tokens.name("the name of a module"));
  return names.join(".");
}

function parseDelete(tokens: TokenReader): Statement {
  const assign = assigned(parseExpressionList(tokens), tokens);
  return (scope) => assign(undefined, scope);
}

/** The type of a `raise` without a value, for the enclosing handler. */
const RAISED_AGAIN = "raise";

function parseRaise(tokens: TokenReader, line: number): Statement {
  const hasValue = tokens.peek().type !== "newline" && !tokens.sees(";");
  const expression = hasValue ? parseExpression(tokens) : undefined;
  if (tokens.accept("from")) parseExpression(tokens);
  return (scope) => {
    if (expression === undefined) {
      throw new PythonException(RAISED_AGAIN, line, "'raise' without a value outside 'except'");
    }
    const value = evaluate(expression, scope);
    if (value.kind === "exception") throw new PythonException(value.type, line, value.words, 1);
    if (value.kind === "object") throw new PythonException(value.path.replace(/\(\)$/, ""), line, "", 1);
    return refuse(scope.source, line, `only an exception can be raised, got ${describeValue(value)}`);
  };
}

function parseAssert(tokens: TokenReader, line: number): Statement {
  const condition = parseExpression(tokens);
  const words = tokens.accept(",") ? parseExpression(tokens) : undefined;
  return (scope) => {
    if (holds(condition, scope)) return undefined;
    throw new PythonException("AssertionError", line, words ? (pythonText(evaluate(words, scope)) ?? "") : "", 1);
  };
}

function parseIf(tokens: TokenReader): Statement {
  const branches: { condition: Expression; body: Statement }[] = [];
  do branches.push({ condition: parseExpression(tokens), body: parseBlock(tokens) });
  while (tokens.accept("elif"));
  const otherwise = parseOptional("else", tokens);
  return (scope) => (branches.find(({ condition }) => holds(condition, scope))?.body ?? otherwise)(scope);
}

function parseFor(tokens: TokenReader, line: number): Statement {
  const assign = assigned(parseTargets(tokens), tokens);
  tokens.expect("in", "after the name that a loop sets");
  const items = parseExpressionList(tokens);
  const body = parseBlock(tokens);
  const otherwise = parseOptional("else", tokens);
  return (scope) => {
    const list = evaluate(items, scope);
    const all = known(iterated(list), line, scope, [list]);
    const size = sizeOf(list);
    // By index, because the loop may change the list, as in Python.
    for (let index = 0; index < all.length; index += 1) {
      takeSteps(1, line, scope);
      assign(all[index], scope);
      if (body(scope) === "break") return undefined;
      if (list.kind === "dict" && !list.isEnvironment && sizeOf(list) !== size) {
        throw new PythonException(
          "RuntimeError",
          line,
          "a dict changes its size under its loop; loop over list(…) of it",
        );
      }
    }
    return otherwise(scope);
  };
}

function parseWith(tokens: TokenReader, line: number): Statement {
  const statements: Statement[] = [];
  do {
    const expression = parseExpression(tokens);
    const name = parseAlias(tokens);
    statements.push((scope) => {
      const value = evaluate(expression, scope);
      if (value.kind !== "file") refuseUnread(scope.source, line, "'with' is only read with open(…)");
      if (name !== undefined) scope.names.set(name, value);
      return undefined;
    });
  } while (tokens.accept(","));
  return inOrder([...statements, parseBlock(tokens)]);
}

/** Runs a handler if it catches the exception. */
type Handler = (error: PythonException, scope: Scope) => { readonly end: ReturnType<Statement> } | undefined;

function parseTry(tokens: TokenReader): Statement {
  const body = parseBlock(tokens);
  const handlers: Handler[] = [];
  while (tokens.accept("except")) handlers.push(parseHandler(tokens));
  const otherwise = parseOptional("else", tokens);
  const last = parseOptional("finally", tokens);
  const guarded: Statement = (scope) => {
    let end: ReturnType<Statement>;
    try {
      end = body(scope);
    } catch (error) {
      if (!(error instanceof PythonException)) throw error;
      for (const handler of handlers) {
        const handled = handler(error, scope);
        if (handled !== undefined) return handled.end;
      }
      throw error;
    }
    return end ?? otherwise(scope);
  };
  return (scope) => {
    let end: ReturnType<Statement>;
    try {
      end = guarded(scope);
    } catch (error) {
      if (error instanceof PythonException) last(scope);
      throw error;
    }
    return last(scope) ?? end;
  };
}

function parseHandler(tokens: TokenReader): Handler {
  const type = tokens.sees(":") ? undefined : parseExpression(tokens);
  const name = parseAlias(tokens);
  const body = parseBlock(tokens);
  return (error, scope) => {
    if (type !== undefined && !isTaken(error, evaluate(type, scope))) return undefined;
    if (name !== undefined) scope.names.set(name, { kind: "exception", type: error.type, words: error.message });
    try {
      return { end: body(scope) };
    } catch (raised) {
      throw raised instanceof PythonException && raised.type === RAISED_AGAIN ? error : raised;
    } finally {
      if (name !== undefined) scope.names.delete(name);
    }
  };
}

function isTaken({ type }: PythonException, handler: Value): boolean {
  const classes = handler.kind === "tuple" ? handler.items : [handler];
  return classes.some((each) => each.kind === "object" && isCaughtBy(type, each.path));
}

function parseOptional(word: string, tokens: TokenReader): Statement {
  return tokens.accept(word) ? parseBlock(tokens) : () => undefined;
}

/** The block after a colon, on the same line or indented. The tokenizer limits the nesting. */
function parseBlock(tokens: TokenReader): Statement {
  tokens.expect(":", "before a block");
  if (!tokens.acceptType("newline")) {
    const first = tokens.peek();
    if (first.type === "name" && COMPOUND.has(first.text))
      tokens.refuse("a block on one line holds simple statements only");
    return parseStatement(tokens);
  }
  if (!tokens.acceptType("indent")) tokens.refuse("an indented block is expected here");
  const statements: Statement[] = [];
  while (!tokens.acceptType("dedent")) statements.push(parseStatement(tokens));
  return inOrder(statements);
}
