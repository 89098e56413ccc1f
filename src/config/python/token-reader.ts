// Reads a list of tokens for the parsers.
import { refuse, refuseUnread, type Source } from "./source.ts";
import type { Token } from "./tokens.ts";

export class TokenReader {
  readonly source: Source;
  readonly #tokens: readonly Token[];
  #at = 0;

  /** The last token must be `end`. */
  constructor(source: Source, tokens: readonly Token[]) {
    this.source = source;
    this.#tokens = tokens;
  }

  get line(): number {
    return this.peek().line;
  }

  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
  }

  take(): Token {
    const token = this.peek();
    if (token.type !== "end") this.#at += 1;
    return token;
  }

  /** The operator, name or keyword at the offset `ahead`; undefined for other tokens. */
  word(ahead = 0): string | undefined {
    const token = this.peek(ahead);
    return token.type === "operator" || token.type === "name" ? token.text : undefined;
  }

  /** Whether the token at the offset `ahead` is this operator or keyword. */
  sees(word: string, ahead = 0): boolean {
    return this.word(ahead) === word;
  }

  /** Consumes this operator or keyword if it is next. */
  accept(word: string): boolean {
    const seen = this.sees(word);
    if (seen) this.take();
    return seen;
  }

  /** Consumes the next token if it is one of these operators or keywords. */
  acceptOneOf<Word extends string>(words: readonly Word[]): Word | undefined {
    const next = this.word();
    const accepted = words.find((word) => word === next);
    if (accepted !== undefined) this.take();
    return accepted;
  }

  acceptType(type: "newline" | "indent" | "dedent"): boolean {
    const seen = this.peek().type === type;
    if (seen) this.take();
    return seen;
  }

  /** `where` completes the message "expected '=' …". */
  expect(word: string, where: string): void {
    if (!this.accept(word)) this.refuse(`expected '${word}' ${where}`);
  }

  /** Consumes the comma between two values in brackets, and returns whether there was one. None is required at the end. */
  acceptComma(closing: string): boolean {
    const isThere = this.accept(",");
    if (isThere || this.sees(closing)) return isThere;
    // The next token is often on a later line, which is not the wrong one.
    const { line } = this.#tokens[this.#at - 1]!;
    const place = line < this.line ? "at the end of" : "between two values on";
    return refuse(this.source, line, `a comma, or '${closing}', is missing ${place} this line`);
  }

  /** A name, not a keyword. */
  name(expected: string): string {
    const token = this.take();
    if (token.type !== "name" || KEYWORDS.has(token.text)) refuse(this.source, token.line, `expected ${expected}`);
    return token.text;
  }

  refuse(reason: string): never {
    refuse(this.source, this.line, reason);
  }

  /** For valid Python that is not supported. */
  refuseUnread(reason: string, cure?: string): never {
    refuseUnread(this.source, this.line, reason, cure);
  }
}

/** The reserved words of Python 3. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global " +
    "if import in is lambda nonlocal not or pass raise return try while with yield"
  ).split(" "),
);
