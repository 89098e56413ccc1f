// Hides known secrets in what this program itself writes: as given, quoted, in a URL, and in base64. It is never applied to the
// output that commands send to the master.
import { pythonRepr } from "./python-repr.ts";
import { MASK, withoutLogins } from "./secret-text.ts";

/** Shorter texts occur in too many others by chance. */
const LEAST_CHARS = 4;
/** Shorter secrets are hidden only as whole words. */
const LEAST_CHARS_IN_WORDS = 8;
/** Longer texts are scripts. */
const MOST_CHARS = 4096;
/** Secrets of commands that are remembered. */
const MOST_OF_COMMANDS = 64;

/** Words of the log that programs search for. As a password, they are no secret. */
const WORDS_OF_THE_LOG: ReadonlySet<string> = new Set(
  (
    "attached builder buildbot buildhand buildmaster code command connected elapsedtime exit failed finished from lost " +
    "main master message none ready received retry scheduling server shut shutdown signal startcommand starting " +
    "terminated twistd with worker"
  ).split(" "),
);

const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

interface Form {
  readonly text: string;
  readonly isInWords: boolean;
}

export class KnownSecrets {
  readonly #own: readonly Form[];
  readonly #ofCommands = new Map<string, readonly Form[]>();
  /** The longest first, since one may be part of another. */
  #forms: readonly Form[];

  constructor(own: Iterable<string> = []) {
    this.#own = [...new Set(own)].flatMap(formsOf);
    this.#forms = longestFirst(this.#own);
  }

  /** Adds the secrets of a command, unless they may be usual words. Of many, the last are remembered. */
  learn(secrets: readonly string[]): void {
    const before = this.#ofCommands.size;
    for (const secret of secrets.filter((one) => one.length >= LEAST_CHARS_IN_WORDS && !this.#ofCommands.has(one))) {
      this.#ofCommands.set(secret, formsOf(secret));
    }
    if (this.#ofCommands.size === before) return;
    const oldest = [...this.#ofCommands.keys()].slice(0, -MOST_OF_COMMANDS);
    for (const secret of oldest) this.#ofCommands.delete(secret);
    this.#forms = longestFirst([...this.#own, ...[...this.#ofCommands.values()].flat()]);
  }

  /** The text without known secrets and without passwords in URLs. */
  hide(text: string): string {
    return withoutLogins(
      this.#forms.reduce((rest, form) => (rest.includes(form.text) ? without(form, rest) : rest), text),
    );
  }

  /** The same for every text in a value of JSON. */
  hideIn<Value>(value: Value): Value {
    return JSON.parse(JSON.stringify(value), (_key, one) => (typeof one === "string" ? this.hide(one) : one)) as Value;
  }
}

function without({ text, isInWords }: Form, rest: string): string {
  if (isInWords) return rest.replaceAll(text, MASK);
  const isPartOfWord = (at: number) => at >= 0 && LETTER_OR_DIGIT.test(rest.charAt(at));
  return rest.replaceAll(text, (found, at: number) =>
    isPartOfWord(at - 1) || isPartOfWord(at + found.length) ? found : MASK,
  );
}

function longestFirst(forms: readonly Form[]): readonly Form[] {
  return forms.toSorted((a, b) => b.text.length - a.text.length);
}

/** How a secret may be written; none for a text that is no secret. */
function formsOf(secret: string): readonly Form[] {
  if (secret.length < LEAST_CHARS || secret.length > MOST_CHARS || WORDS_OF_THE_LOG.has(secret.toLowerCase()))
    return [];
  const isInWords = secret.length >= LEAST_CHARS_IN_WORDS;
  const encoded = [
    ...inUrls(secret),
    JSON.stringify(secret).slice(1, -1),
    ...inPython(secret),
    secret.replaceAll("'", `'"'"'`),
    ...(isInWords ? inBase64(secret) : [Buffer.from(secret).toString("base64").replaceAll("=", "")]),
  ];
  return [...new Set([secret, ...encoded])].map((text) => ({ text, isInWords }));
}

/** As text and as bytes. Python escapes a single quote only in a text with quotes of both kinds. */
function inPython(secret: string): readonly string[] {
  return ["", "'\""].flatMap((before) => {
    const shown = pythonRepr(before).length - 2;
    const text = before + secret;
    return [pythonRepr(text).slice(1 + shown, -1), pythonRepr(Buffer.from(text)).slice(2 + shown, -1)];
  });
}

/** By the rules of JavaScript and of Python, with digits of either case, and with `+` for a space. */
function inUrls(secret: string): readonly string[] {
  const escaped = encodeURIComponent(secret.toWellFormed());
  const all = escaped.replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [escaped, all, all.replaceAll("%2F", "/"), all.replaceAll("%20", "+")];
  return forms.flatMap((form) => [form, form.replaceAll(/%../g, (one) => one.toLowerCase())]);
}

/** The characters that depend on the secret alone, in each of the three places it may have among other text. */
function inBase64(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    const text = whole.toString("base64url").slice(before === 0 ? 0 : before + 1, Math.floor((whole.length * 8) / 6));
    return [text, text.replaceAll("-", "+").replaceAll("_", "/")];
  });
}
