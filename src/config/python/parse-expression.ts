// Tokens into expressions: Python's precedence, without what no settings file needs (lambda, comprehensions, slices,
// dictionaries, chained comparisons). Those are refused with a sentence.
import type { BinaryOperator, Call, Comparison, Expression, Keyword } from "./syntax.ts";
import { KEYWORDS, type TokenReader } from "./token-reader.ts";
import { NONE, text, type Value } from "./value.ts";

/** How deep brackets, `not` and signs may lie inside each other. */
const EXPRESSION_DEPTH_LIMIT = 40;

/** How many parts one expression may have; it bounds the depth of the tree, and so the stack that walks it. */
const EXPRESSION_PARTS_LIMIT = 1000;

const CONSTANTS: ReadonlyMap<string, Value> = new Map([
  ["None", NONE],
  ["True", { kind: "bool", value: true }],
  ["False", { kind: "bool", value: false }],
]);

const COMPARISONS: readonly Comparison[] = ["==", "!=", "<", "<=", ">", ">=", "is", "in"];
const SUMS: readonly BinaryOperator[] = ["+", "-"];
const PRODUCTS: readonly BinaryOperator[] = ["*", "//", "%"];

/** One expression. A tuple without brackets is not part of it. */
export function parseExpression(tokens: TokenReader): Expression {
  return new ExpressionParser(tokens).expression();
}

class ExpressionParser {
  readonly #tokens: TokenReader;
  #depth = 0;
  #parts = 0;

  constructor(tokens: TokenReader) {
    this.#tokens = tokens;
  }

  expression(): Expression {
    return this.#nested(() => {
      const value = this.#or();
      const { line } = this.#tokens;
      if (!this.#tokens.accept("if")) return value;
      const condition = this.#or();
      this.#tokens.expect("else", "after a condition inside an expression");
      return this.#part({ type: "conditional", line, condition, yes: value, no: this.expression() });
    });
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
    return this.#part({ type: "not", line, operand: this.#nested(() => this.#not()) });
  }

  #comparison(): Expression {
    const left = this.#sum();
    const { line } = this.#tokens;
    const operator = this.#comparisonOperator();
    if (operator === undefined) return left;
    const right = this.#sum();
    if (this.#comparisonOperator() !== undefined)
      this.#tokens.refuse("a chain of comparisons is not read; join them with 'and'");
    return this.#part({ type: "comparison", operator, left, right, line });
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

  #sum(): Expression {
    return this.#chain("binary", SUMS, () => this.#product());
  }

  #product(): Expression {
    return this.#chain("binary", PRODUCTS, () => this.#signed());
  }

  #chain(type: "binary" | "choice", operators: readonly string[], operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      const { line } = this.#tokens;
      const operator = operators.find((each) => this.#tokens.accept(each));
      if (operator === undefined) return left;
      left = this.#part({ type, operator, left, right: operand(), line } as Expression);
    }
  }

  #signed(): Expression {
    const { line } = this.#tokens;
    if (this.#tokens.accept("+")) return this.#nested(() => this.#signed());
    if (!this.#tokens.accept("-")) return this.#postfix();
    return this.#part({ type: "negative", line, operand: this.#nested(() => this.#signed()) });
  }

  #postfix(): Expression {
    let target = this.#atom();
    for (;;) {
      const { line } = this.#tokens;
      if (this.#tokens.accept(".")) {
        target = this.#part({ type: "attribute", line, target, name: this.#tokens.name("a name after '.'") });
      } else if (this.#tokens.accept("(")) {
        target = this.#part(this.#call(target));
      } else if (this.#tokens.accept("[")) {
        const index = this.expression();
        this.#tokens.expect("]", "after an index");
        target = this.#part({ type: "subscript", line, target, index });
      } else {
        return target;
      }
    }
  }

  /** The line of a call is that of the thing called: the one people look for. */
  #call(callee: Expression): Call {
    const positional: Expression[] = [];
    const keywords: Keyword[] = [];
    while (!this.#tokens.accept(")")) {
      if (this.#tokens.sees("*") || this.#tokens.sees("**")) {
        this.#tokens.refuse("arguments by * or ** cannot be read without Python; write each argument out");
      }
      if (this.#tokens.peek().type === "name" && this.#tokens.sees("=", 1)) {
        const name = this.#tokens.name("the name of an argument");
        this.#tokens.take();
        keywords.push({ name, value: this.expression() });
      } else {
        if (keywords.length > 0) this.#tokens.refuse("an argument without a name follows one with a name");
        positional.push(this.expression());
      }
      this.#tokens.acceptComma(")");
    }
    return { type: "call", line: callee.line, callee, positional, keywords };
  }

  #atom(): Expression {
    const token = this.#tokens.peek();
    const { line } = token;
    if (token.type === "string") return this.#literal(line, text(this.#joined(token.bytes)));
    if (this.#tokens.accept("(")) return this.#bracketed(")", line);
    if (this.#tokens.accept("[")) return this.#bracketed("]", line);
    if (this.#tokens.sees("{")) this.#tokens.refuse("a dictionary or set is not read");
    if (token.type !== "name" && token.type !== "number") this.#tokens.refuse("a value is expected here");
    const constant = token.type === "name" ? CONSTANTS.get(token.text) : undefined;
    if (token.type === "name" && constant === undefined && KEYWORDS.has(token.text)) {
      this.#tokens.refuse(`'${token.text}' stands where a value is expected`);
    }
    this.#tokens.take();
    if (token.type === "number") {
      return this.#literal(line, { kind: token.whole ? "int" : "float", value: token.value });
    }
    if (constant !== undefined) return this.#literal(line, constant);
    return this.#part({ type: "name", line, name: token.text });
  }

  #literal(line: number, value: Value): Expression {
    return this.#part({ type: "literal", line, value });
  }

  /** String literals that follow each other are one text. */
  #joined(bytes: boolean): string {
    const parts: string[] = [];
    for (;;) {
      const token = this.#tokens.peek();
      if (token.type !== "string") return parts.join("");
      if (token.bytes !== bytes) this.#tokens.refuse("bytes (b'…') and text cannot follow each other");
      parts.push(token.text);
      this.#tokens.take();
    }
  }

  #bracketed(closing: ")" | "]", line: number): Expression {
    const items: Expression[] = [];
    let comma = false;
    while (!this.#tokens.accept(closing)) {
      items.push(this.expression());
      comma = this.#tokens.acceptComma(closing);
    }
    const only = items[0];
    if (closing === ")" && only !== undefined && items.length === 1 && !comma) return only;
    return this.#part({ type: "sequence", line, items });
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

  #part(expression: Expression): Expression {
    this.#parts += 1;
    if (this.#parts > EXPRESSION_PARTS_LIMIT) {
      this.#tokens.refuse(`an expression has more than ${EXPRESSION_PARTS_LIMIT} parts`);
    }
    return expression;
  }
}
