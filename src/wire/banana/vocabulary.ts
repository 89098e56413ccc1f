// The words that dialect `pb` writes as one number (perspective-broker.md §1.4).

/** `none` has no vocabulary; a connection uses it until a dialect is negotiated. */
export type Dialect = "none" | "pb";

const words = [
  "None",
  "class",
  "dereference",
  "reference",
  "dictionary",
  "function",
  "instance",
  "list",
  "module",
  "persistent",
  "tuple",
  "unpersistable",
  "copy",
  "cache",
  "cached",
  "remote",
  "local",
  "lcache",
  "version",
  "login",
  "password",
  "challenge",
  "logged_in",
  "not_logged_in",
  "cachemessage",
  "message",
  "answer",
  "error",
  "decref",
  "decache",
  "uncache",
] as const;

const bytesByIndex = words.map((word) => Buffer.from(word));
const indexByWord = new Map<string, number>(words.map((word, at) => [word, at + 1]));
const longestWordBytes = Math.max(...words.map((word) => word.length));

/** The bytes of word `index` (1 to 31), or undefined. */
export function vocabularyWord(index: number): Uint8Array | undefined {
  return bytesByIndex[index - 1];
}

/** The index of a byte string that is a word of the vocabulary, or undefined. */
export function vocabularyIndex(bytes: Uint8Array): number | undefined {
  if (bytes.length > longestWordBytes || bytes.length === 0) return undefined;
  return indexByWord.get(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1"));
}

export function vocabularyIndexOfText(text: string): number | undefined {
  return indexByWord.get(text);
}
