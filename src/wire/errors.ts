// Errors of reading and writing messages.
import { define } from "../base/errors.ts";

export const wireErrors = {
  bananaLimit: define(
    "ERR_BANANA_LIMIT",
    "protocol",
    (what: string, size: number, limit: number) => `${what} of ${size} exceeds the limit of ${limit}`,
  ),
  bananaSyntax: define(
    "ERR_BANANA_SYNTAX",
    "protocol",
    (expected: string, got: string) => `expected ${expected}, got ${got}; the peer does not speak Perspective Broker`,
  ),
  jellyRefused: define("ERR_JELLY_REFUSED", "remote", (what: string) => what, {
    remoteType: "twisted.spread.jelly.InsecureJelly",
  }),
  jellyUnsendable: define("ERR_JELLY_UNSENDABLE", "remote", (what: string) => `cannot send ${what}`),
  pbMessage: define(
    "ERR_PB_MESSAGE",
    "protocol",
    (expected: string, got: string) => `expected ${expected}, got ${got}`,
  ),
  msgpackLimit: define(
    "ERR_MSGPACK_LIMIT",
    "protocol",
    (what: string, size: number, limit: number) => `${what} of ${size} exceeds the limit of ${limit}`,
  ),
  msgpackSyntax: define(
    "ERR_MSGPACK_SYNTAX",
    "protocol",
    (expected: string, got: string) => `expected ${expected}, got ${got}; the peer does not speak MessagePack`,
  ),
  msgpackUnsendable: define("ERR_MSGPACK_UNSENDABLE", "remote", (what: string) => `cannot send ${what}`),
} as const;
