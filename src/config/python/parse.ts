// Tokens into statements: those a buildbot.tac is made of. Every other statement is refused by its keyword.
import { parseExpression } from "./parse-expression.ts";
import type { Source } from "./source.ts";
import type { Branch, ImportBinding, Statement } from "./syntax.ts";
import { KEYWORDS, TokenReader } from "./token-reader.ts";
import { tokenize } from "./tokens.ts";

/** The statements of a file. Throws a usage error that names the line at anything it cannot read. */
export function parseProgram(source: Source): readonly Statement[] {
  const tokens = new TokenReader(source, tokenize(source));
  const statements: Statement[] = [];
  while (tokens.peek().type !== "end") statements.push(...parseStatement(tokens));
  return statements;
}

/** One compound statement, or one line with one or more simple ones. */
function parseStatement(tokens: TokenReader): readonly Statement[] {
  if (tokens.peek().type === "indent") tokens.refuse("this line is indented although no block begins before it");
  if (tokens.sees("if")) return [parseIf(tokens)];
  if (tokens.sees("with")) return [parseWith(tokens)];
  if (tokens.sees("try")) return parseTry(tokens);
  const statements: Statement[] = [];
  do {
    if (tokens.peek().type === "newline") break;
    statements.push(parseSimple(tokens));
  } while (tokens.accept(";"));
  endLine(tokens);
  return statements;
}

function endLine(tokens: TokenReader): void {
  if (!tokens.acceptType("newline"))
    tokens.refuse("something stands here where a line should end; is a comma or quote missing?");
}

function parseSimple(tokens: TokenReader): Statement {
  const { line } = tokens;
  if (tokens.accept("pass")) return { type: "pass", line };
  if (tokens.accept("import")) return { type: "import", line, bindings: parseImports(tokens) };
  if (tokens.accept("from")) return { type: "import", line, bindings: parseFromImports(tokens) };
  const first = tokens.peek();
  if (first.type === "name" && KEYWORDS.has(first.text) && !/^(?:None|True|False|not)$/.test(first.text)) {
    tokens.refuse(`a '${first.text}' statement cannot be read without Python; keep to plain settings`);
  }
  return parseAssignment(tokens);
}

/** `a = b = expression`, or only an expression. */
function parseAssignment(tokens: TokenReader): Statement {
  const { line } = tokens;
  const names: string[] = [];
  for (;;) {
    const value = parseExpression(tokens);
    const assigns = tokens.accept("=");
    if (!assigns && names.length > 0) return { type: "assign", line, names, value };
    if (!assigns) return { type: "expression", line, value };
    if (value.type !== "name") tokens.refuse("only plain names can be given a value without Python");
    names.push(value.name);
  }
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

function parseIf(tokens: TokenReader): Statement {
  const { line } = tokens;
  const branches: Branch[] = [];
  tokens.take();
  do {
    const condition = parseExpression(tokens);
    branches.push({ condition, body: parseBlock(tokens) });
  } while (tokens.accept("elif"));
  return { type: "if", line, branches, otherwise: tokens.accept("else") ? parseBlock(tokens) : [] };
}

function parseWith(tokens: TokenReader): Statement {
  const { line } = tokens;
  tokens.take();
  const value = parseExpression(tokens);
  const name = parseAlias(tokens);
  return { type: "with", line, name, value, body: parseBlock(tokens) };
}

/**
 * Old releases wrap the log observer in `try: … except ImportError: pass`. What could raise is refused when it is run,
 * so the handlers of a program that is read to its end were never needed.
 */
function parseTry(tokens: TokenReader): readonly Statement[] {
  tokens.take();
  const statements = [...parseBlock(tokens)];
  while (tokens.accept("except")) {
    if (!tokens.sees(":")) parseExpression(tokens);
    parseAlias(tokens);
    parseBlock(tokens);
  }
  if (tokens.accept("else")) statements.push(...parseBlock(tokens));
  if (tokens.accept("finally")) statements.push(...parseBlock(tokens));
  return statements;
}

/** The block after a colon, on the same line or indented below. The tokenizer bounds how deep blocks go. */
function parseBlock(tokens: TokenReader): readonly Statement[] {
  tokens.expect(":", "before a block");
  if (!tokens.acceptType("newline")) {
    if (tokens.sees("if") || tokens.sees("with") || tokens.sees("try"))
      tokens.refuse("a block on one line holds simple statements only");
    return parseStatement(tokens);
  }
  if (!tokens.acceptType("indent")) tokens.refuse("an indented block is expected here");
  const statements: Statement[] = [];
  while (!tokens.acceptType("dedent")) statements.push(...parseStatement(tokens));
  return statements;
}
