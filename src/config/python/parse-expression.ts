// Parses tokens into expressions that can be evaluated, with Python's precedence. Lambda and comprehensions are not
// supported and give an error.
import { setEntry } from "./container-methods.ts";
import {
  attributeOf,
  called,
  combined,
  invocation,
  itemOf,
  lookUp,
  mappingOf,
  setAttribute,
  setItem,
  spread,
  unpacked,
  WITHOUT_EFFECT,
} from "./evaluate.ts";
import { converted, formatted } from "./format.ts";
import { resultValue } from "./known-function.ts";
import { type BinaryOperator, type Comparison, compared, signed } from "./operators.ts";
import type { LiteralPiece } from "./string-literal.ts";
import { type Argument, type Expression, evaluate, holds, known, type Scope } from "./syntax.ts";
import { KEYWORDS, TokenReader } from "./token-reader.ts";
import { tokenize } from "./tokens.ts";
import { dict, NONE, type SequenceValue, sequence, text, tracedTo, truth, type Value, variablesOf } from "./value.ts";

/** Depth limit of nested brackets, `not` and signs. */
const EXPRESSION_DEPTH_LIMIT = 40;

/** Depth limit of an expression's tree, and thus of the stack. A chain of operators is as deep as it is long. */
const TREE_DEPTH_LIMIT = 1000;

const CONSTANTS: ReadonlyMap<string, Value> = new Map([
  ["None", NONE],
  ["True", { kind: "bool", value: true }],
  ["False", { kind: "bool", value: false }],
]);

const COMPARISONS = ["==", "!=", "<", "<=", ">", ">=", "is", "in"] as const;

/** In order of increasing precedence. */
const BINARY_LEVELS: readonly (readonly BinaryOperator[])[] = [
  ["|"],
  ["^"],
  ["&"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "//", "%"],
];
const BINARY_OPERATORS: ReadonlyMap<string | undefined, { readonly operator: BinaryOperator; readonly level: number }> =
  new Map(BINARY_LEVELS.flatMap((operators, level) => operators.map((operator) => [operator, { operator, level }])));

/** One expression, not a tuple without brackets. */
export function parseExpression(tokens: TokenReader): Expression {
  return new ExpressionParser(tokens).expression();
}

/** One expression, or several with commas as a tuple. */
export function parseExpressionList(tokens: TokenReader): Expression {
  return new ExpressionParser(tokens).list();
}

/** The target of a loop: names, up to `in`. */
export function parseTargets(tokens: TokenReader): Expression {
  return new ExpressionParser(tokens).targets();
}

class ExpressionParser {
  readonly #tokens: TokenReader;
  #depth: number;

  constructor(tokens: TokenReader, depth = 0) {
    this.#tokens = tokens;
    this.#depth = depth;
  }

  expression(): Expression {
    return this.#nested(() => {
      if (this.#tokens.sees("lambda")) this.#tokens.refuseUnread("a lambda cannot be read");
      const yes = this.#choice("or", () => this.#choice("and", () => this.#not()));
      if (this.#tokens.sees(":=")) this.#tokens.refuseUnread("':=' cannot be read", "assign on a line of its own");
      const { line } = this.#tokens;
      if (!this.#tokens.accept("if")) return yes;
      const condition = this.#choice("or", () => this.#choice("and", () => this.#not()));
      this.#tokens.expect("else", "after a condition inside an expression");
      const no = this.expression();
      return this.#made(line, [condition, yes, no], (scope) => evaluate(holds(condition, scope) ? yes : no, scope));
    });
  }

  list(): Expression {
    return this.#listOf(() => this.expression());
  }

  targets(): Expression {
    return this.#listOf(() => this.#binary(0));
  }

  #listOf(item: () => Expression): Expression {
    const { line } = this.#tokens;
    const items = [this.#item(item)];
    let comma = false;
    while (this.#tokens.accept(",")) {
      comma = true;
      const { type } = this.#tokens.peek();
      if (type === "newline" || type === "end" || ["=", ")", ":", ";", "in"].some((word) => this.#tokens.sees(word)))
        break;
      items.push(this.#item(item));
    }
    const [only] = items;
    return !comma && only?.stars === "" ? only.value : this.#sequence("tuple", items, line);
  }

  #item(value: () => Expression): Argument {
    return this.#tokens.accept("*") ? { stars: "*", value: this.#binary(0) } : { stars: "", value: value() };
  }

  #choice(operator: "or" | "and", operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      const { line } = this.#tokens;
      if (!this.#tokens.accept(operator)) return left;
      const [first, second] = [left, operand()];
      left = this.#made(line, [first, second], (scope) => {
        const value = evaluate(first, scope);
        if (known(truth(value), line, scope, [value]) === (operator === "or")) return value;
        return tracedTo(variablesOf([value]), evaluate(second, scope));
      });
    }
  }

  #not(): Expression {
    const { line } = this.#tokens;
    if (!this.#tokens.accept("not")) return this.#comparison();
    const operand = this.#nested(() => this.#not());
    return this.#made(line, [operand], (scope) => resultValue(!holds(operand, scope)));
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
    return this.#made(line, [first, ...rest.map(({ right }) => right)], (scope) => {
      let left = evaluate(first, scope);
      return resultValue(
        rest.every(({ operator, right }) => {
          const value = evaluate(right, scope);
          const found = comparedValues(operator, left, value);
          const holdsHere = known(found, right.line, scope, [left, value]);
          left = value;
          return holdsHere;
        }),
      );
    });
  }

  #comparisonOperator(): Comparison | undefined {
    if (this.#tokens.sees("not") && this.#tokens.sees("in", 1)) {
      this.#tokens.take();
      this.#tokens.take();
      return "not in";
    }
    const operator = this.#tokens.acceptOneOf(COMPARISONS);
    return operator === "is" && this.#tokens.accept("not") ? "is not" : operator;
  }

  #binary(lowestLevel: number): Expression {
    let left = this.#signed();
    for (;;) {
      const { line } = this.#tokens;
      const next = BINARY_OPERATORS.get(this.#tokens.word());
      if (next === undefined || next.level < lowestLevel) return left;
      this.#tokens.take();
      left = this.#operation(next.operator, left, this.#binary(next.level + 1), line);
    }
  }

  #operation(operator: BinaryOperator, left: Expression, right: Expression, line: number): Expression {
    return this.#made(line, [left, right], (scope) =>
      combined(operator, evaluate(left, scope), evaluate(right, scope), { line, scope }),
    );
  }

  #signed(): Expression {
    const { line } = this.#tokens;
    const operator = this.#tokens.acceptOneOf(["+", "-", "~"]);
    if (operator === undefined) return this.#power();
    const operand = this.#nested(() => this.#signed());
    return this.#made(line, [operand], (scope) => {
      const value = evaluate(operand, scope);
      return resultValue(known(signed(operator, value), line, scope, [value]));
    });
  }

  #power(): Expression {
    const left = this.#postfix();
    const { line } = this.#tokens;
    if (!this.#tokens.accept("**")) return left;
    return this.#operation(
      "**",
      left,
      this.#nested(() => this.#signed()),
      line,
    );
  }

  #postfix(): Expression {
    let target = this.#atom();
    for (;;) {
      if (this.#tokens.accept(".")) target = this.#attribute(target);
      else if (this.#tokens.accept("(")) target = this.#call(target);
      else if (this.#tokens.accept("[")) target = this.#subscript(target);
      else return target;
    }
  }

  #attribute(target: Expression): Expression {
    const { line } = this.#tokens;
    const name = this.#tokens.name("a name after '.'");
    const compute = (scope: Scope) => attributeOf(evaluate(target, scope), name, scope);
    return this.#made(line, [target], compute, (_, scope) => setAttribute(evaluate(target, scope), name, line, scope));
  }

  /** The line of a call is the line of the called function. */
  #call(callee: Expression): Expression {
    const { line } = callee;
    const given: Argument[] = [];
    while (!this.#tokens.accept(")")) {
      const stars = this.#tokens.acceptOneOf(["**", "*"]) ?? "";
      const isNamed = stars === "" && this.#tokens.peek().type === "name" && this.#tokens.sees("=", 1);
      const name = isNamed ? this.#tokens.name("the name of an argument") : undefined;
      if (isNamed) this.#tokens.take();
      else if (stars === "" && given.some((each) => each.name !== undefined || each.stars === "**")) {
        this.#tokens.refuse("a positional argument follows a keyword argument");
      }
      given.push({ name, stars, value: this.expression() });
      this.#comma(")");
    }
    const inside = [callee, ...given.map(({ value }) => value)];
    return this.#made(line, inside, (scope) => called(evaluate(callee, scope), given, { line, scope }));
  }

  #subscript(target: Expression): Expression {
    const { line } = this.#tokens;
    const bounds: (Expression | undefined)[] = [];
    do bounds.push(this.#tokens.sees(":") || this.#tokens.sees("]") ? undefined : this.expression());
    while (this.#tokens.accept(":"));
    this.#tokens.expect("]", "after an index");
    const [index] = bounds;
    if (bounds.length > 3 || (bounds.length === 1 && index === undefined)) this.#tokens.refuse("an index is missing");
    const inside = [target, ...bounds.filter((bound) => bound !== undefined)];
    if (bounds.length > 1 || index === undefined) {
      return this.#made(line, inside, (scope) => {
        const holder = evaluate(target, scope);
        return itemOf(
          holder,
          bounds.map((bound) => bound && evaluate(bound, scope)),
          line,
          scope,
        );
      });
    }
    const compute = (scope: Scope) => itemOf(evaluate(target, scope), evaluate(index, scope), line, scope);
    return this.#made(line, inside, compute, (value, scope) =>
      setItem(evaluate(target, scope), evaluate(index, scope), value, { line, scope }),
    );
  }

  #atom(): Expression {
    const token = this.#tokens.peek();
    const { line } = token;
    if (token.type === "string") return this.#text(token.bytes);
    if (this.#tokens.accept("(")) return this.#bracketed(")", line);
    if (this.#tokens.accept("[")) return this.#bracketed("]", line);
    if (this.#tokens.accept("{")) return this.#braced(line);
    if (token.type !== "name" && token.type !== "number") this.#tokens.refuse("expected a value");
    const name = token.type === "name" ? token.text : "";
    const constant = CONSTANTS.get(name);
    if (constant === undefined && KEYWORDS.has(name)) this.#tokens.refuse(`expected a value, got '${name}'`);
    this.#tokens.take();
    const value =
      token.type === "number" ? ({ kind: token.whole ? "int" : "float", value: token.value } as const) : constant;
    if (value !== undefined) return this.#made(line, [], () => value);
    const assign = (given: Value | undefined, scope: Scope) => {
      if (given !== undefined) scope.names.set(name, given);
      else if (!scope.names.delete(name)) lookUp(name, line, scope);
    };
    return { line, depth: 1, name, compute: (scope) => lookUp(name, line, scope), assign };
  }

  /** Adjacent string literals are one string. */
  #text(bytes: boolean): Expression {
    const { line } = this.#tokens;
    const pieces: LiteralPiece[] = [];
    for (let token = this.#tokens.peek(); token.type === "string"; token = this.#tokens.peek()) {
      if (token.bytes !== bytes) this.#tokens.refuse("bytes (b'…') and text cannot follow each other");
      pieces.push(...token.pieces);
      this.#tokens.take();
    }
    if (!pieces.every((piece) => typeof piece === "string")) return this.#formatted(pieces, line);
    const value = { kind: bytes ? "bytes" : "text", value: pieces.join("") } as const;
    return this.#made(line, [], () => value);
  }

  #formatted(pieces: readonly LiteralPiece[], line: number): Expression {
    const parts = pieces.map((piece) => {
      if (typeof piece === "string") return piece;
      // In brackets, so that newlines are allowed.
      const source = { path: this.#tokens.source.path, text: `(${piece.expression})` };
      const tokens = new TokenReader(source, tokenize(source, piece.line));
      const value = this.#nested(() => new ExpressionParser(tokens, this.#depth).expression());
      if (!tokens.acceptType("newline")) tokens.refuse("the braces of a formatted string hold more than one value");
      return { value, conversion: piece.conversion, spec: this.#formatted(piece.spec, line) };
    });
    const inside = parts.flatMap((part) => (typeof part === "string" ? [] : [part.value, part.spec]));
    return this.#made(line, inside, (scope) => {
      const values: Value[] = [];
      const written = parts.map((part) => {
        if (typeof part === "string") return part;
        const value = evaluate(part.value, scope);
        const spec = evaluate(part.spec, scope);
        values.push(value, spec);
        const shown = converted(value, part.conversion);
        return known(shown && formatted(shown, "value" in spec ? String(spec.value) : ""), line, scope, [value]);
      });
      return tracedTo(variablesOf(values), text(written.join("")));
    });
  }

  #bracketed(closing: ")" | "]", line: number): Expression {
    const items: Argument[] = [];
    let comma = false;
    while (!this.#tokens.accept(closing)) {
      items.push(this.#item(() => this.expression()));
      comma = this.#comma(closing);
    }
    const [only] = items;
    if (closing === ")" && only?.stars === "" && items.length === 1 && !comma) return only.value;
    return this.#sequence(closing === ")" ? "tuple" : "list", items, line);
  }

  #sequence(kind: SequenceValue["kind"], items: readonly Argument[], line: number): Expression {
    const targets = items.map(({ value }) => value);
    const compute = (scope: Scope) => sequence(kind, spread(items, scope));
    if (kind === "view" || targets.some(({ assign }) => assign === undefined))
      return this.#made(line, targets, compute);
    return this.#made(line, targets, compute, (value, scope) => {
      const values = value === undefined ? [] : unpacked(items, value, { line, scope });
      for (const [index, { assign }] of targets.entries()) assign?.(values[index], scope);
    });
  }

  /** A dict, or a set if an item has no colon. */
  #braced(line: number): Expression {
    const items: Argument[] = [];
    const entries: (Argument & { key?: Expression })[] = [];
    while (!this.#tokens.accept("}")) {
      if (this.#tokens.accept("**")) {
        entries.push({ stars: "**", value: this.#binary(0) });
      } else {
        const item = this.#item(() => this.expression());
        if (this.#tokens.accept(":")) entries.push({ stars: "", key: item.value, value: this.expression() });
        else items.push(item);
      }
      this.#comma("}");
    }
    if (items.length > 0 && entries.length > 0) this.#tokens.refuse("a dict has a key without a value");
    if (items.length > 0) return this.#sequence("view", items, line);
    const inside = entries.flatMap(({ key, value }) => (key === undefined ? [value] : [key, value]));
    return this.#made(line, inside, (scope) => {
      const made = dict();
      for (const entry of entries) {
        const { key, value } = entry;
        if (key !== undefined) setEntry(invocation(line, scope), made, evaluate(key, scope), evaluate(value, scope));
        else for (const [name, item] of mappingOf(entry, scope).entries) made.entries.set(name, item);
      }
      return made;
    });
  }

  #comma(closing: string): boolean {
    if (this.#tokens.sees("for") || this.#tokens.sees("async")) {
      this.#tokens.refuseUnread("a comprehension ('… for … in …' inside brackets) cannot be read");
    }
    return this.#tokens.acceptComma(closing);
  }

  #nested<Parsed>(parse: () => Parsed): Parsed {
    if (this.#depth >= EXPRESSION_DEPTH_LIMIT) {
      this.#tokens.refuse(`expressions are nested more than ${EXPRESSION_DEPTH_LIMIT} levels deep`);
    }
    this.#depth += 1;
    const result = parse();
    this.#depth -= 1;
    return result;
  }

  #made(
    line: number,
    inside: readonly Expression[],
    compute: Expression["compute"],
    assign?: Expression["assign"],
  ): Expression {
    const depth = inside.reduce((most, each) => Math.max(most, each.depth), 0) + 1;
    if (depth > TREE_DEPTH_LIMIT) this.#tokens.refuse(`an expression has more than ${TREE_DEPTH_LIMIT} parts in a row`);
    return { line, depth, compute, assign };
  }
}

/** sys.path is empty, so that a file adds to it, which has no effect. */
function comparedValues(operator: Comparison, left: Value, right: Value): boolean | undefined {
  const isWithoutEffect = right.kind === "object" && WITHOUT_EFFECT.test(right.path) && operator.endsWith("in");
  return isWithoutEffect ? operator === "not in" : compared[operator](left, right);
}
