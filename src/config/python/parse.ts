// Tokens into statements: those a buildbot.tac is made of. Every other statement is refused by its keyword.
import { parseExpression, parseExpressionList, parseTargets } from "./parse-expression.ts";
import type { Source } from "./source.ts";
import {
  type BinaryOperator,
  type Block,
  type Branch,
  binaryOperators,
  type Expression,
  type Handler,
  type ImportBinding,
  type Statement,
} from "./syntax.ts";
import { KEYWORDS, TokenReader } from "./token-reader.ts";
import { tokenize } from "./tokens.ts";

/** The statements of a file. Throws a usage error that names the line at anything it cannot read. */
export function parseProgram(source: Source): Block {
  const tokens = new TokenReader(source, tokenize(source));
  const statements: Statement[] = [];
  while (tokens.peek().type !== "end") statements.push(...parseStatement(tokens));
  return statements;
}

/** The statements that hold others, by the word they begin with. */
const COMPOUND: ReadonlyMap<string, (tokens: TokenReader) => Statement> = new Map([
  ["if", parseIf],
  ["for", parseFor],
  ["with", parseWith],
  ["try", parseTry],
]);

const SIMPLE: ReadonlyMap<string, (tokens: TokenReader, line: number) => Statement> = new Map<
  string,
  (tokens: TokenReader, line: number) => Statement
>([
  ["pass", (_, line) => ({ type: "pass", line })],
  ["break", (_, line) => ({ type: "break", line })],
  ["continue", (_, line) => ({ type: "continue", line })],
  ["import", (tokens, line) => ({ type: "import", line, bindings: parseImports(tokens) })],
  ["from", (tokens, line) => ({ type: "import", line, bindings: parseFromImports(tokens) })],
  ["del", (tokens, line) => ({ type: "delete", line, target: parseExpressionList(tokens) })],
  ["raise", parseRaise],
  ["assert", parseAssert],
]);

/** How to write what these statements are for. */
const CURES: Readonly<Record<string, string>> = {
  while: "repeat with 'for … in range(…)'",
  global: "leave it out: all names of the file are global",
};

/** One compound statement, or one line with one or more simple ones. */
function parseStatement(tokens: TokenReader): Block {
  const first = tokens.peek();
  if (first.type === "indent") tokens.refuse("this line is indented although no block begins before it");
  const compound = first.type === "name" ? COMPOUND.get(first.text) : undefined;
  if (compound !== undefined) {
    tokens.take();
    return [compound(tokens)];
  }
  const statements: Statement[] = [];
  do {
    if (tokens.peek().type === "newline") break;
    statements.push(parseSimple(tokens));
  } while (tokens.accept(";"));
  if (!tokens.acceptType("newline"))
    tokens.refuse("something stands here where a line should end; is a comma or quote missing?");
  return statements;
}

function parseSimple(tokens: TokenReader): Statement {
  const first = tokens.peek();
  if (first.type !== "name") return parseAssignment(tokens);
  const simple = SIMPLE.get(first.text);
  if (simple !== undefined) {
    tokens.take();
    return simple(tokens, first.line);
  }
  if (tokens.sees("@") || (KEYWORDS.has(first.text) && !/^(?:None|True|False|not|lambda)$/.test(first.text))) {
    tokens.refuseUnread(`a '${first.text}' statement cannot be read`, CURES[first.text]);
  }
  return parseAssignment(tokens);
}

/** `a = b = expression`, `a: type = expression`, `a += expression`, or only an expression. */
function parseAssignment(tokens: TokenReader): Statement {
  const { line } = tokens;
  if (tokens.sees("@")) tokens.refuseUnread("a decorator cannot be read");
  const first = parseExpressionList(tokens);
  const operator = binaryOperators.find((each): each is BinaryOperator => tokens.accept(`${each}=`));
  if (operator !== undefined) {
    return { type: "augment", line, target: target(first, tokens), operator, value: parseExpressionList(tokens) };
  }
  if (tokens.accept(":")) {
    parseExpression(tokens);
    if (!tokens.sees("=")) return { type: "pass", line };
  }
  const values = [first];
  while (tokens.accept("=")) {
    target(values.at(-1)!, tokens);
    values.push(parseExpressionList(tokens));
  }
  const value = values.pop()!;
  return values.length === 0 ? { type: "expression", line, value } : { type: "assign", line, targets: values, value };
}

/** The expression, if a value can be given to it. */
function target(expression: Expression, tokens: TokenReader): Expression {
  if (expression.type === "sequence" && expression.kind !== "view") {
    for (const item of expression.items) target(item.value, tokens);
  } else if (expression.type !== "name" && expression.type !== "subscript" && expression.type !== "attribute") {
    tokens.refuse("a value can only be given to a name or to an item of a list or dict");
  }
  return expression;
}

function parseImports(tokens: TokenReader): readonly ImportBinding[] {
  const bindings: ImportBinding[] = [];
  do {
    const path = parseDottedName(tokens);
    const root = path.replace(/\..*/, "");
    const name = parseAlias(tokens);
    bindings.push(name === undefined ? { name: root, path: root } : { name, path });
  } while (tokens.accept(","));
  return bindings;
}

function parseFromImports(tokens: TokenReader): readonly ImportBinding[] {
  const module = parseDottedName(tokens);
  tokens.expect("import", "after the name of a module");
  if (tokens.sees("*")) tokens.refuseUnread("'import *' cannot be read", "name what the file uses");
  const bindings: ImportBinding[] = [];
  const bracket = tokens.accept("(");
  do {
    if (bracket && tokens.sees(")")) break;
    const imported = tokens.name("a name to import");
    bindings.push({ name: parseAlias(tokens) ?? imported, path: `${module}.${imported}` });
  } while (tokens.accept(","));
  if (bracket) tokens.expect(")", "after the names to import");
  return bindings;
}

function parseAlias(tokens: TokenReader): string | undefined {
  return tokens.accept("as") ? tokens.name("a name after 'as'") : undefined;
}

function parseDottedName(tokens: TokenReader): string {
  const names = [tokens.name("the name of a module")];
  while (tokens.accept(".")) names.push(tokens.name("the name of a module"));
  return names.join(".");
}

function parseRaise(tokens: TokenReader, line: number): Statement {
  const value = tokens.peek().type === "newline" || tokens.sees(";") ? undefined : parseExpression(tokens);
  if (tokens.accept("from")) parseExpression(tokens);
  return { type: "raise", line, value };
}

function parseAssert(tokens: TokenReader, line: number): Statement {
  const condition = parseExpression(tokens);
  return { type: "assert", line, condition, words: tokens.accept(",") ? parseExpression(tokens) : undefined };
}

function parseIf(tokens: TokenReader): Statement {
  const { line } = tokens;
  const branches: Branch[] = [];
  do {
    const condition = parseExpression(tokens);
    branches.push({ condition, body: parseBlock(tokens) });
  } while (tokens.accept("elif"));
  return { type: "if", line, branches, otherwise: parseOptional("else", tokens) };
}

function parseFor(tokens: TokenReader): Statement {
  const { line } = tokens;
  const variable = target(parseTargets(tokens), tokens);
  tokens.expect("in", "after the name that a loop sets");
  const items = parseExpressionList(tokens);
  return {
    type: "for",
    line,
    target: variable,
    items,
    body: parseBlock(tokens),
    otherwise: parseOptional("else", tokens),
  };
}

function parseWith(tokens: TokenReader): Statement {
  const { line } = tokens;
  const files: { value: Expression; name: string | undefined }[] = [];
  do {
    const value = parseExpression(tokens);
    const name = parseAlias(tokens);
    files.push({ value, name });
  } while (tokens.accept(","));
  return { type: "with", line, files, body: parseBlock(tokens) };
}

function parseTry(tokens: TokenReader): Statement {
  const { line } = tokens;
  const body = parseBlock(tokens);
  const handlers: Handler[] = [];
  while (tokens.accept("except")) {
    const type = tokens.sees(":") ? undefined : parseExpression(tokens);
    handlers.push({ type, name: parseAlias(tokens), body: parseBlock(tokens) });
  }
  const otherwise = parseOptional("else", tokens);
  return { type: "try", line, body, handlers, otherwise, finally: parseOptional("finally", tokens) };
}

function parseOptional(word: string, tokens: TokenReader): Block {
  return tokens.accept(word) ? parseBlock(tokens) : [];
}

/** The block after a colon, on the same line or indented below. The tokenizer bounds how deep blocks go. */
function parseBlock(tokens: TokenReader): Block {
  tokens.expect(":", "before a block");
  if (!tokens.acceptType("newline")) {
    const first = tokens.peek();
    if (first.type === "name" && COMPOUND.has(first.text))
      tokens.refuse("a block on one line holds simple statements only");
    return parseStatement(tokens);
  }
  if (!tokens.acceptType("indent")) tokens.refuse("an indented block is expected here");
  const statements: Statement[] = [];
  while (!tokens.acceptType("dedent")) statements.push(...parseStatement(tokens));
  return statements;
}
