// How bytes of an unknown kind are shown in a sentence. Pure.

/** So much of what came is enough to know it by. */
export const SHOWN_BYTES = 60;

/** The first 60 bytes in double quotes, in ASCII, with what cannot be printed escaped as in JSON. */
export function shownBytes(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString("latin1");
  return JSON.stringify(text).replaceAll(/[^ -~]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`);
}
