// Tokens into expressions: Python's precedence, without what defines a function (lambda, comprehensions). That is refused
// with a sentence.
import type { LiteralPiece } from "./string-literal.ts";
import type { Argument, BinaryOperator, Comparison, Expression, FormattedPart, Slice } from "./syntax.ts";
import { KEYWORDS, TokenReader } from "./token-reader.ts";
import { tokenize } from "./tokens.ts";
import { NONE, type Value } from "./value.ts";

/** How deep brackets, `not` and signs may lie inside each other. */
const EXPRESSION_DEPTH_LIMIT = 40;

/** How deep the tree of an expression may be, and so the stack that walks it; a chain of operators is as deep as it is long. */
const TREE_DEPTH_LIMIT = 1000;

const CONSTANTS: ReadonlyMap<string, Value> = new Map([
  ["None", NONE],
  ["True", { kind: "bool", value: true }],
  ["False", { kind: "bool", value: false }],
]);

const COMPARISONS: readonly Comparison[] = ["==", "!=", "<", "<=", ">", ">=", "is", "in"];

/** From what binds least to what binds most. */
const BINARY_LEVELS: readonly (readonly BinaryOperator[])[] = [
  ["|"],
  ["^"],
  ["&"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "//", "%"],
];

/** One expression. A tuple without brackets is not part of it. */
export function parseExpression(tokens: TokenReader): Expression {
  return new ExpressionParser(tokens).expression();
}

/** One expression, or a tuple of several with commas between them. */
export function parseExpressionList(tokens: TokenReader): Expression {
  return new ExpressionParser(tokens).list();
}

/** What can be given a value: in `for`, where `in` ends it. */
export function parseTargets(tokens: TokenReader): Expression {
  return new ExpressionParser(tokens).targets();
}

class ExpressionParser {
  readonly #tokens: TokenReader;
  readonly #treeDepths = new WeakMap<Expression, number>();
  #depth: number;

  constructor(tokens: TokenReader, depth = 0) {
    this.#tokens = tokens;
    this.#depth = depth;
  }

  expression(): Expression {
    return this.#nested(() => {
      if (this.#tokens.sees("lambda")) this.#tokens.refuseUnread("a lambda cannot be read");
      const value = this.#or();
      const { line } = this.#tokens;
      if (this.#tokens.sees(":=")) this.#tokens.refuseUnread("':=' cannot be read", "assign on a line of its own");
      if (!this.#tokens.accept("if")) return value;
      const condition = this.#or();
      this.#tokens.expect("else", "after a condition inside an expression");
      const no = this.expression();
      return this.#part({ type: "conditional", line, condition, yes: value, no }, condition, value, no);
    });
  }

  list(): Expression {
    return this.#listOf(() => this.#item());
  }

  targets(): Expression {
    return this.#listOf(() => {
      const stars = this.#tokens.accept("*") ? "*" : "";
      return { stars, value: this.#binary(0) };
    });
  }

  #listOf(item: () => Argument): Expression {
    const { line } = this.#tokens;
    const items = [item()];
    let comma = false;
    while (this.#tokens.accept(",")) {
      comma = true;
      if (this.#endsList()) break;
      items.push(item());
    }
    const [only] = items;
    if (!comma && only?.stars === "") return only.value;
    return this.#part({ type: "sequence", kind: "tuple", line, items }, ...items.map(({ value }) => value));
  }

  #endsList(): boolean {
    const { type } = this.#tokens.peek();
    return (
      type === "newline" ||
      type === "end" ||
      ["=", ")", "]", "}", ":", ";", "in"].some((word) => this.#tokens.sees(word))
    );
  }

  #item(): Argument {
    const stars = this.#tokens.accept("*") ? "*" : "";
    return { stars, value: stars === "*" ? this.#binary(0) : this.expression() };
  }

  #or(): Expression {
    return this.#chain("choice", ["or"], () => this.#and());
  }

  #and(): Expression {
    return this.#chain("choice", ["and"], () => this.#not());
  }

  #not(): Expression {
    const { line } = this.#tokens;
    if (!this.#tokens.accept("not")) return this.#comparison();
    const operand = this.#nested(() => this.#not());
    return this.#part({ type: "not", line, operand }, operand);
  }

  #comparison(): Expression {
    const first = this.#binary(0);
    const { line } = this.#tokens;
    const rest: { operator: Comparison; right: Expression }[] = [];
    for (;;) {
      const operator = this.#comparisonOperator();
      if (operator === undefined) break;
      rest.push({ operator, right: this.#binary(0) });
    }
    if (rest.length === 0) return first;
    return this.#part({ type: "comparison", line, first, rest }, first, ...rest.map(({ right }) => right));
  }

  #comparisonOperator(): Comparison | undefined {
    if (this.#tokens.sees("not") && this.#tokens.sees("in", 1)) {
      this.#tokens.take();
      this.#tokens.take();
      return "not in";
    }
    const operator = COMPARISONS.find((each) => this.#tokens.accept(each));
    return operator === "is" && this.#tokens.accept("not") ? "is not" : operator;
  }

  #binary(level: number): Expression {
    const operators = BINARY_LEVELS[level];
    return operators === undefined ? this.#signed() : this.#chain("binary", operators, () => this.#binary(level + 1));
  }

  #chain(type: "binary" | "choice", operators: readonly string[], operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      const { line } = this.#tokens;
      const operator = operators.find((each) => this.#tokens.accept(each));
      if (operator === undefined) return left;
      const right = operand();
      left = this.#part({ type, operator, left, right, line } as Expression, left, right);
    }
  }

  #signed(): Expression {
    const { line } = this.#tokens;
    const operator = (["+", "-", "~"] as const).find((sign) => this.#tokens.accept(sign));
    if (operator === undefined) return this.#power();
    const operand = this.#nested(() => this.#signed());
    return this.#part({ type: "sign", operator, line, operand }, operand);
  }

  #power(): Expression {
    const left = this.#postfix();
    const { line } = this.#tokens;
    if (!this.#tokens.accept("**")) return left;
    const right = this.#nested(() => this.#signed());
    return this.#part({ type: "binary", operator: "**", left, right, line }, left, right);
  }

  #postfix(): Expression {
    let target = this.#atom();
    for (;;) {
      const { line } = this.#tokens;
      if (this.#tokens.accept(".")) {
        const name = this.#tokens.name("a name after '.'");
        target = this.#part({ type: "attribute", line, target, name }, target);
      } else if (this.#tokens.accept("(")) {
        // The line of a call is that of the thing called: the one people look for.
        const called = { type: "call", line: target.line, callee: target, arguments: this.#arguments() } as const;
        target = this.#part(called, target, ...called.arguments.map(({ value }) => value));
      } else if (this.#tokens.accept("[")) {
        const index = this.#index();
        this.#tokens.expect("]", "after an index");
        const inside = index.type === "slice" ? index.bounds.filter((bound) => bound !== undefined) : [index];
        target = this.#part({ type: "subscript", line, target, index }, target, ...inside);
      } else {
        return target;
      }
    }
  }

  #index(): Expression | Slice {
    const bounds: (Expression | undefined)[] = [];
    for (;;) {
      bounds.push(this.#tokens.sees(":") || this.#tokens.sees("]") ? undefined : this.expression());
      if (!this.#tokens.accept(":")) break;
    }
    const [only] = bounds;
    if (bounds.length === 1 && only !== undefined) return only;
    if (bounds.length === 1 || bounds.length > 3) this.#tokens.refuse("a value is expected here");
    return { type: "slice", bounds };
  }

  #arguments(): readonly Argument[] {
    const given: Argument[] = [];
    while (!this.#tokens.accept(")")) {
      const stars = (["**", "*"] as const).find((each) => this.#tokens.accept(each)) ?? "";
      const isNamed = stars === "" && this.#tokens.peek().type === "name" && this.#tokens.sees("=", 1);
      const name = isNamed ? this.#tokens.name("the name of an argument") : undefined;
      if (isNamed) this.#tokens.take();
      if (name === undefined && stars === "" && given.some((each) => each.name !== undefined || each.stars === "**")) {
        this.#tokens.refuse("an argument without a name follows one with a name");
      }
      if (name !== undefined && given.some((each) => each.name === name)) {
        this.#tokens.refuse(`the argument ${name} is given twice`);
      }
      given.push({ name, stars, value: this.expression() });
      this.#comma(")");
    }
    return given;
  }

  #atom(): Expression {
    const token = this.#tokens.peek();
    const { line } = token;
    if (token.type === "string") return this.#joined(token.bytes);
    if (this.#tokens.accept("(")) return this.#bracketed(")", line);
    if (this.#tokens.accept("[")) return this.#bracketed("]", line);
    if (this.#tokens.accept("{")) return this.#braced(line);
    if (token.type !== "name" && token.type !== "number") this.#tokens.refuse("a value is expected here");
    const constant = token.type === "name" ? CONSTANTS.get(token.text) : undefined;
    if (token.type === "name" && constant === undefined && KEYWORDS.has(token.text)) {
      this.#tokens.refuse(`'${token.text}' stands where a value is expected`);
    }
    this.#tokens.take();
    if (token.type === "number") {
      return this.#part({ type: "literal", line, value: { kind: token.whole ? "int" : "float", value: token.value } });
    }
    return this.#part(
      constant === undefined ? { type: "name", line, name: token.text } : { type: "literal", line, value: constant },
    );
  }

  /** String literals that follow each other are one text. */
  #joined(bytes: boolean): Expression {
    const { line } = this.#tokens;
    const parts: FormattedPart[] = [];
    for (;;) {
      const token = this.#tokens.peek();
      if (token.type !== "string") break;
      if (token.bytes !== bytes) this.#tokens.refuse("bytes (b'…') and text cannot follow each other");
      parts.push(...this.#parts(token.pieces));
      this.#tokens.take();
    }
    if (parts.every((part) => typeof part === "string")) {
      return this.#part({ type: "literal", line, value: { kind: bytes ? "bytes" : "text", value: parts.join("") } });
    }
    return this.#part({ type: "formatted", line, parts });
  }

  #parts(pieces: readonly LiteralPiece[]): readonly FormattedPart[] {
    return pieces.map((piece) => {
      if (typeof piece === "string") return piece;
      // In brackets, where lines may be broken.
      const source = { path: this.#tokens.source.path, text: `(${piece.expression})` };
      const tokens = new TokenReader(source, tokenize(source, piece.line));
      const value = this.#nested(() => new ExpressionParser(tokens, this.#depth).expression());
      if (!tokens.acceptType("newline")) tokens.refuse("the braces of a formatted string hold more than one value");
      return { value, conversion: piece.conversion, spec: this.#parts(piece.spec) };
    });
  }

  #bracketed(closing: ")" | "]", line: number): Expression {
    const items: Argument[] = [];
    let comma = false;
    while (!this.#tokens.accept(closing)) {
      items.push(this.#item());
      comma = this.#comma(closing);
    }
    const [only] = items;
    if (closing === ")" && only?.stars === "" && items.length === 1 && !comma) return only.value;
    const kind = closing === ")" ? "tuple" : "list";
    return this.#part({ type: "sequence", kind, line, items }, ...items.map(({ value }) => value));
  }

  /** A dict, or a set where something stands inside it without a colon. */
  #braced(line: number): Expression {
    const items: Argument[] = [];
    const entries: { key?: Expression; value: Expression }[] = [];
    while (!this.#tokens.accept("}")) {
      if (this.#tokens.accept("**")) {
        entries.push({ value: this.#binary(0) });
      } else {
        const item = this.#item();
        if (this.#tokens.accept(":")) entries.push({ key: item.value, value: this.expression() });
        else items.push(item);
      }
      this.#comma("}");
    }
    if (items.length > 0 && entries.length > 0) this.#tokens.refuse("a dict has a key without a value");
    const inside = [...items, ...entries].map(({ value }) => value);
    const keys = entries.flatMap(({ key }) => (key === undefined ? [] : [key]));
    return this.#part(
      items.length > 0 ? { type: "sequence", kind: "view", line, items } : { type: "dict", line, entries },
      ...inside,
      ...keys,
    );
  }

  #comma(closing: string): boolean {
    if (this.#tokens.sees("for") || this.#tokens.sees("async")) {
      this.#tokens.refuseUnread("a comprehension ('… for … in …' inside brackets) cannot be read");
    }
    return this.#tokens.acceptComma(closing);
  }

  #nested<Result>(parse: () => Result): Result {
    if (this.#depth >= EXPRESSION_DEPTH_LIMIT) {
      this.#tokens.refuse(`an expression lies more than ${EXPRESSION_DEPTH_LIMIT} deep inside others`);
    }
    this.#depth += 1;
    const result = parse();
    this.#depth -= 1;
    return result;
  }

  #part(expression: Expression, ...inside: readonly Expression[]): Expression {
    const depth = inside.reduce((most, each) => Math.max(most, this.#treeDepths.get(each) ?? 0), 0) + 1;
    if (depth > TREE_DEPTH_LIMIT) this.#tokens.refuse(`an expression has more than ${TREE_DEPTH_LIMIT} parts in a row`);
    this.#treeDepths.set(expression, depth);
    return expression;
  }
}
