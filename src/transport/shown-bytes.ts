// Recognizes bytes of an unknown protocol, or shows them in a message. Pure.

/** Enough to recognize a protocol. */
export const SHOWN_BYTES = 60;

/** The first 60 bytes in double quotes, in ASCII, with the rest escaped as in JSON. */
export function printableBytes(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString("latin1");
  return JSON.stringify(text).replaceAll(/[^ -~]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`);
}

/** Start of a PB master's greeting: a list with the name of the protocol. */
const PB_GREETING = Buffer.from("\x02\x82pb", "latin1");

export function greetsAsPb(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).includes(PB_GREETING);
}
