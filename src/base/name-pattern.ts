// Matches one name against a pattern with `*`, `?` and `[…]`, as Python's fnmatch documents it: no escapes,
// case-sensitive. The worst-case time is the product of the lengths.

export type NameTest = (name: string) => boolean;

/** Characters as code points; ranges include both ends. */
interface CharacterSet {
  readonly ranges: readonly (readonly [from: number, to: number])[];
  readonly negated: boolean;
}

/** A number is a character. */
type Token = number | CharacterSet | "any-run";

const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BANG = 0x21;
const HYPHEN = 0x2d;
/** Characters beyond are two units of a string. */
const LAST_IN_ONE_UNIT = 0xffff;
const anyCharacter: CharacterSet = { ranges: [], negated: true };

export function hasMagic(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

/** Matches whole names. Any text is a pattern: an unclosed `[` stands for itself. */
export function namePattern(pattern: string): NameTest {
  const tokens = tokenize(codePoints(pattern));
  return (name) => matches(tokens, codePoints(name));
}

function tokenize(pattern: readonly number[]): readonly Token[] {
  const tokens: Token[] = [];
  const lastClose = pattern.lastIndexOf(CLOSE);
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at]!;
    const end = character === OPEN && at < lastClose ? closing(pattern, at) : -1;
    if (end >= 0) {
      tokens.push(readSet(pattern.slice(at + 1, end)));
      at = end;
    } else if (character === STAR) tokens.push("any-run");
    else if (character === QUESTION) tokens.push(anyCharacter);
    else tokens.push(character);
  }
  return tokens;
}

/** The end of the set that opens at `open`, or −1. The first member may be a closing bracket. */
function closing(pattern: readonly number[], open: number): number {
  const first = pattern[open + 1] === BANG ? open + 2 : open + 1;
  return pattern.indexOf(CLOSE, first + 1);
}

function readSet(text: readonly number[]): CharacterSet {
  const negated = text[0] === BANG;
  const members = negated ? text.slice(1) : text;
  const ranges: [number, number][] = [];
  for (let at = 0; at < members.length; at += 1) {
    const from = members[at]!;
    const isRange = members[at + 1] === HYPHEN && at + 2 < members.length;
    ranges.push([from, isRange ? members[at + 2]! : from]);
    if (isRange) at += 2;
  }
  return { ranges, negated };
}

function matches(tokens: readonly Token[], name: readonly number[]): boolean {
  let token = 0;
  let at = 0;
  // Where to continue when the last `*` must match one more character.
  let retryToken = -1;
  let retryAt = 0;
  while (at < name.length) {
    const wanted = tokens[token];
    if (wanted === "any-run") {
      token += 1;
      retryToken = token;
      retryAt = at;
    } else if (wanted === name[at] || (typeof wanted === "object" && contains(wanted, name[at]!))) {
      token += 1;
      at += 1;
    } else {
      if (retryToken < 0) return false;
      token = retryToken;
      retryAt += 1;
      at = retryAt;
    }
  }
  return tokens.slice(token).every((rest) => rest === "any-run");
}

function contains({ ranges, negated }: CharacterSet, character: number): boolean {
  return ranges.some(([from, to]) => from <= character && character <= to) !== negated;
}

function codePoints(text: string): number[] {
  const found: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.codePointAt(at)!;
    if (character > LAST_IN_ONE_UNIT) at += 1;
    found.push(character);
  }
  return found;
}
