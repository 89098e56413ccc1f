// How bytes of an unknown kind are known, or shown in a sentence. Pure.

/** So much of what came is enough to know it by. */
export const SHOWN_BYTES = 60;

/** The first 60 bytes in double quotes, in ASCII, with what cannot be printed escaped as in JSON. */
export function printableBytes(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString("latin1");
  return JSON.stringify(text).replaceAll(/[^ -~]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`);
}

/** How the greeting of a PB master begins: a list, and the name of the protocol. */
const PB_GREETING = Buffer.from("\x02\x82pb", "latin1");

export function greetsAsPb(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).includes(PB_GREETING);
}
