// The grammar of Twisted's endpoint strings: fields between colons, some of them `key=value`, a backslash before what is
// meant literally. Knows no type of endpoint.

export interface EndpointWords {
  /** The first is the type. */
  readonly positional: readonly string[];
  /** Of a key that comes twice, the last value. */
  readonly keywords: ReadonlyMap<string, string>;
}

/** Undefined for a text that ends in a backslash with nothing behind it. */
export function endpointWords(text: string): EndpointWords | undefined {
  const positional: string[] = [];
  const keywords = new Map<string, string>();
  let key: string | undefined;
  let word = "";
  const endField = () => {
    if (key === undefined) positional.push(word);
    else keywords.set(key, word);
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
  return { positional, keywords };
}
