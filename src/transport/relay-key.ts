// The file that a relay gives its workers: the key that they share, and the fingerprint of its certificate.
import { readFileSync } from "node:fs";
import { systemReason } from "../base/system-error.ts";
import { transportErrors } from "./errors.ts";

export interface RelayKey {
  readonly key: Buffer;
  /** SHA-256 of the certificate: 64 lower-case hexadecimal digits; undefined for a relay without TLS. */
  readonly pin: string | undefined;
}

const LINES = /^buildhand-relay ([\w-]{43})(?: ([0-9a-f]{64}))?\s*$/;

/** Throws ERR_RELAY_FILE, which never contains the key. */
export function readRelayKey(path: string): RelayKey {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch (error) {
    throw transportErrors.relayFile.from(error, path, systemReason(error));
  }
  const [, key, pin] = LINES.exec(text) ?? [];
  if (key === undefined) {
    throw transportErrors.relayFile(path, "expected the key of a relay, as `buildhand relay create` writes it");
  }
  return { key: Buffer.from(key, "base64url"), pin };
}

export function relayKeyText({ key, pin }: RelayKey): string {
  return `buildhand-relay ${key.toString("base64url")}${pin === undefined ? "" : ` ${pin}`}\n`;
}
