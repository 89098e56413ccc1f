// The grammar of Twisted's endpoint strings: fields between colons, some of them `key=value`, a backslash before what is
// meant literally. Knows no type of endpoint.

export interface EndpointWords {
  /** The first is the type. */
  readonly positional: readonly string[];
  /** Of a key that comes twice, the last value. */
  readonly keywords: ReadonlyMap<string, string>;
  /** How an error may name the type: `'tcp'` in quotes, or `in field 1`, since it may be a part of a password. */
  readonly shownType: string;
  /** How an error may name each key, likewise. */
  readonly shownKeys: ReadonlyMap<string, string>;
}

/** What looks like this is no password, unless one stands before it: a colon in a password may have been forgotten. */
const PLAIN_WORD = /^(?:[a-zA-Z]{0,16}|(?:tcp|tls|ssl)[46])$/;
const SECRET_KEY = "password";

/** Undefined for a text that ends in a backslash with nothing behind it. */
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
