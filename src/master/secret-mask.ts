// Hides the values of secrets in text that is stored or shown: `<NAME>` appears instead. Pure.

/** The user name that goes with a token in HTTP's basic authentication. */
const TOKEN_USER = "x-access-token";
/** Shorter lines of a secret with several lines are not hidden. */
const SHORTEST_LINE_CHARS = 6;

interface Hidden {
  readonly bytes: Buffer;
  readonly text: string;
  readonly shown: string;
}

export class SecretMask {
  /** The longest first, since one secret may be part of another. */
  #hidden: readonly Hidden[] = [];

  constructor(secrets: ReadonlyMap<string, string> = new Map()) {
    this.hide(secrets);
  }

  /** From now on, hides these values too. */
  hide(secrets: ReadonlyMap<string, string>): void {
    const added = [...secrets].flatMap(([name, value]) =>
      formsOf(value).map((text) => ({ text, bytes: Buffer.from(text), shown: `<${name}>` })),
    );
    const byText = new Map([...added, ...this.#hidden].map((one) => [one.text, one]));
    this.#hidden = [...byText.values()].sort((one, other) => other.text.length - one.text.length);
  }

  text(text: string): string {
    return this.#hidden.reduce((rest, { text: secret, shown }) => rest.replaceAll(secret, () => shown), text);
  }

  /** Of UTF-8 in whole lines; the same array if there is no secret in it. */
  bytes(text: Uint8Array): Uint8Array {
    if (this.#hidden.length === 0) return text;
    const buffer = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
    if (!this.#hidden.some(({ bytes }) => buffer.includes(bytes))) return text;
    return Buffer.from(this.text(buffer.toString()));
  }
}

/** The value of the header `Authorization` with a token. */
export function tokenAuthorization(token: string): string {
  return `Basic ${basicToken(token)}`;
}

function basicToken(token: string): string {
  return Buffer.from(`${TOKEN_USER}:${token}`).toString("base64");
}

/** The value, its lines, and how addresses, HTTP and JSON write it. */
function formsOf(value: string): readonly string[] {
  const lines = value.split(/\r?\n/).filter((line) => line.length >= SHORTEST_LINE_CHARS);
  const json = JSON.stringify(value).slice(1, -1);
  const encoded = [encodeURIComponent(value.toWellFormed()), Buffer.from(value).toString("base64"), basicToken(value)];
  return [...new Set([value, ...lines, json, ...encoded])];
}
