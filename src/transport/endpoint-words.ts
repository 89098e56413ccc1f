// The grammar of Twisted's endpoint strings: fields separated by colons, some of them `key=value`, with a backslash as
// escape. Knows no endpoint types.

export interface EndpointWords {
  /** The first is the type. */
  readonly positional: readonly string[];
  /** The last value of a repeated key. */
  readonly keywords: ReadonlyMap<string, string>;
  /** How an error may name the type: `'tcp'` in quotes, or `in field 1` if it might be part of a password. */
  readonly shownType: string;
  /** How an error may name each key, likewise. */
  readonly shownKeys: ReadonlyMap<string, string>;
}

/** Safe to show in errors, unless a password precedes it: the word may be the rest of one with an unescaped colon. */
const PLAIN_WORD = /^(?:[a-zA-Z]{0,16}|(?:tcp|tls|ssl)[46])$/;
const SECRET_KEY = "password";

/** Undefined for a text that ends in a lone backslash. */
export function endpointWords(text: string): EndpointWords | undefined {
  const positional: string[] = [];
  const keywords = new Map<string, string>();
  const shownKeys = new Map<string, string>();
  let shownType = "in field 1";
  let field = 1;
  let key: string | undefined;
  let word = "";
  const shown = (text: string) =>
    PLAIN_WORD.test(text) && !keywords.has(SECRET_KEY) ? `'${text}'` : `in field ${field}`;
  const endField = () => {
    if (key === undefined) {
      if (positional.length === 0) shownType = shown(word);
      positional.push(word);
    } else {
      shownKeys.set(key, shown(key));
      keywords.set(key, word);
    }
    field += 1;
    key = undefined;
    word = "";
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === ":") {
      endField();
    } else if (character === "=" && key === undefined) {
      key = word;
      word = "";
    } else if (character === "\\") {
      at += 1;
      if (at === text.length) return undefined;
      word += text[at];
    } else {
      word += character;
    }
  }
  endField();
  return { positional, keywords, shownType, shownKeys };
}
