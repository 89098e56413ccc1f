// Splits Python source into tokens, with indentation and logical lines. Facts from the language reference, "Lexical
// analysis".
import { isAscii } from "../../base/ascii.ts";
import { refuse, type Source } from "./source.ts";
import { type LiteralPiece, readStringLiteral } from "./string-literal.ts";

export type Token = { readonly line: number } & (
  | { readonly type: "name" | "operator"; readonly text: string }
  | { readonly type: "number"; readonly value: number; readonly whole: boolean }
  | { readonly type: "string"; readonly pieces: readonly LiteralPiece[]; readonly bytes: boolean }
  | { readonly type: "newline" | "indent" | "dedent" | "end" }
);

/** Depth limit of nested blocks. */
const BLOCK_DEPTH_LIMIT = 20;

const TAB_WIDTH = 8;

const SPACE = /[ \t\f]+|\\\n|#[^\n]*/y;
const IN_ASCII = { name: /[A-Za-z_]\w*/y, letter: /\w/ };
const IN_UNICODE = { name: /[\p{L}_][\p{L}\p{N}_]*/uy, letter: /[\p{L}\p{N}_]/u };
const OPERATOR = /\*\*=?|\/\/=?|>>=?|<<=?|[-+*/%&|^@=!<>]=|->|:=|\.\.\.|[-+*/%&|^~@=<>()[\]{},:;.]/y;
const DIGITS = String.raw`\d(?:_?\d)*`;
const EXPONENT = `(?:[eE][+-]?${DIGITS})?`;
const NUMBER = new RegExp(
  String.raw`0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|${DIGITS}(?:\.(?:${DIGITS})?)?${EXPONENT}|\.${DIGITS}${EXPONENT}`,
  "y",
);

/** All tokens of a text that begins in `line`; the last one is `end`. Throws a usage error for invalid Python. */
export function tokenize(source: Source, line = 1): readonly Token[] {
  return new Tokenizer(source, line).run();
}

class Tokenizer {
  readonly #source: Source;
  readonly #patterns: typeof IN_ASCII;
  readonly #tokens: Token[] = [];
  readonly #indents = [0];
  /** The lines of open brackets. */
  readonly #brackets: number[] = [];
  #at = 0;
  #line: number;

  constructor(source: Source, line: number) {
    this.#source = source;
    this.#patterns = isAscii(source.text) ? IN_ASCII : IN_UNICODE;
    this.#line = line;
  }

  run(): readonly Token[] {
    const { text } = this.#source;
    let lineStart = true;
    while (this.#at < text.length) {
      if (lineStart) this.#indentation();
      lineStart = false;
      this.#skipSpace();
      if (this.#at >= text.length) break;
      if (text[this.#at] === "\n") {
        this.#endLine();
        lineStart = this.#brackets.length === 0;
      } else {
        this.#token();
      }
    }
    const open = this.#brackets.at(-1);
    if (open !== undefined) refuse(this.#source, open, "a bracket that is opened on this line is not closed");
    this.#endLogicalLine();
    this.#setIndent(0);
    this.#tokens.push({ type: "end", line: this.#line });
    return this.#tokens;
  }

  /** Blank lines and comments have no indentation. */
  #indentation(): void {
    const { text } = this.#source;
    let width = 0;
    for (; ; this.#at += 1) {
      const character = text[this.#at];
      if (character === " ") width += 1;
      else if (character === "\t") width += TAB_WIDTH - (width % TAB_WIDTH);
      else if (character === "\f") width = 0;
      else break;
    }
    const next = text[this.#at];
    if (next !== undefined && next !== "\n" && next !== "#") this.#setIndent(width);
  }

  #setIndent(width: number): void {
    if (width > this.#indents.at(-1)!) {
      if (this.#indents.length > BLOCK_DEPTH_LIMIT) {
        this.#refuse(`blocks are nested more than ${BLOCK_DEPTH_LIMIT} levels deep`);
      }
      this.#indents.push(width);
      this.#tokens.push({ type: "indent", line: this.#line });
    }
    while (width < this.#indents.at(-1)!) {
      this.#indents.pop();
      this.#tokens.push({ type: "dedent", line: this.#line });
    }
    if (width !== this.#indents.at(-1)!) this.#refuse("the indentation matches no outer block");
  }

  #skipSpace(): void {
    for (;;) {
      const found = this.#match(SPACE);
      if (found === undefined) return;
      if (found.endsWith("\n")) this.#line += 1;
    }
  }

  #endLine(): void {
    if (this.#brackets.length === 0) this.#endLogicalLine();
    this.#at += 1;
    this.#line += 1;
  }

  #endLogicalLine(): void {
    const last = this.#tokens.at(-1)?.type;
    const blank = last === undefined || last === "newline" || last === "indent" || last === "dedent";
    if (!blank) this.#tokens.push({ type: "newline", line: this.#line });
  }

  #token(): void {
    const line = this.#line;
    const literal = readStringLiteral(this.#source, this.#at, line);
    if (literal !== undefined) {
      this.#tokens.push({ type: "string", line, pieces: literal.pieces, bytes: literal.bytes });
      this.#at = literal.end;
      this.#line += literal.newlines;
      return;
    }
    const name = this.#match(this.#patterns.name);
    if (name !== undefined) {
      this.#tokens.push({ type: "name", line, text: name });
      return;
    }
    const number = this.#match(NUMBER);
    if (number !== undefined) {
      this.#number(number);
      return;
    }
    const operator = this.#match(OPERATOR);
    if (operator === undefined) this.#refuse("invalid character outside a string");
    if ("([{".includes(operator)) this.#brackets.push(line);
    if (")]}".includes(operator) && this.#brackets.pop() === undefined)
      this.#refuse("a closing bracket has no opening bracket");
    this.#tokens.push({ type: "operator", line, text: operator });
  }

  #number(written: string): void {
    const plain = written.replaceAll("_", "");
    const whole = /^(?:\d+|0[xob][\da-f]+)$/i.test(plain);
    if (this.#patterns.letter.test(this.#source.text[this.#at] ?? "")) {
      this.#refuse("a number is followed by a letter or digit");
    }
    if (/^0\d/.test(plain) && whole && Number(plain) !== 0) {
      this.#refuse("a number may not begin with 0; an octal number begins with 0o, as in 0o22");
    }
    const value = Number(plain);
    if (whole ? !Number.isSafeInteger(value) : !Number.isFinite(value)) this.#refuse("a number is too large");
    this.#tokens.push({ type: "number", line: this.#line, value, whole });
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #refuse(reason: string): never {
    refuse(this.#source, this.#line, reason);
  }
}
