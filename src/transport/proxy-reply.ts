// Parses the head of a proxy's answer to CONNECT from the bytes received so far. Pure.
import { printableBytes } from "./shown-bytes.ts";

/** A longer head is rejected. */
export const HEAD_LIMIT_BYTES = 16 * 1024;
const HEAD_LIMIT_LINES = 200;

export interface ProxyReply {
  readonly status: number;
  /** Empty when there is none. */
  readonly reason: string;
  /** By lower-case name; repeated headers are joined with commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** Length of the head with its empty line; the tunnel begins after it. */
  readonly headBytes: number;
}

export type ReplyReading =
  | { readonly kind: "unfinished" }
  | { readonly kind: "reply"; readonly reply: ProxyReply }
  /** `why` is a clause. */
  | { readonly kind: "garbage"; readonly why: string };

const STATUS_LINE = /^HTTP\/1\.\d +(\d{3})(?: +([^ ].*))?$/;
const BEGINNING = "HTTP/1.";

/** Lines may end in LF alone. */
export function readReply(bytes: Buffer): ReplyReading {
  const beginning = bytes.toString("latin1", 0, BEGINNING.length);
  if (!BEGINNING.startsWith(beginning)) {
    return { kind: "garbage", why: `it sent ${printableBytes(bytes)}` };
  }
  const head = bytes.toString("latin1", 0, HEAD_LIMIT_BYTES);
  const end = /\r?\n\r?\n/.exec(head);
  const lines = (end === null ? head : head.slice(0, end.index)).split(/\r?\n/);
  if (lines.length > HEAD_LIMIT_LINES)
    return { kind: "garbage", why: `its answer has more than ${HEAD_LIMIT_LINES} lines` };
  if (end === null && bytes.length >= HEAD_LIMIT_BYTES) {
    return { kind: "garbage", why: `its answer has no end within ${HEAD_LIMIT_BYTES} bytes` };
  }
  if (end === null) return { kind: "unfinished" };
  const [statusLine = "", ...fields] = lines;
  const status = STATUS_LINE.exec(statusLine.trimEnd());
  if (status === null) return { kind: "garbage", why: `it sent ${printableBytes(Buffer.from(statusLine, "latin1"))}` };
  const [, code = "", reason = ""] = status;
  const reply = { status: Number(code), reason, headers: headersOf(fields), headBytes: end.index + end[0].length };
  return { kind: "reply", reply };
}

function headersOf(fields: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const field of fields) {
    const colon = field.indexOf(":");
    if (colon <= 0) continue;
    const name = field.slice(0, colon).trim().toLowerCase();
    const value = field.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}
