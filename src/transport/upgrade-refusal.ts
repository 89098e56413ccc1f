// Explains in a clause why a server did not upgrade to a WebSocket (an answer other than 101). Pure.
import { clippedLine } from "../base/clip.ts";
import type { TroubleCode } from "../base/trouble-code.ts";
import { greetsAsPb, printableBytes } from "./shown-bytes.ts";

export interface UpgradeAnswer {
  readonly status: number;
  /** Text after the status; may be empty. */
  readonly reason: string;
  /** Target of a redirect. */
  readonly location: string | undefined;
}

/** `path` is the requested path. */
export function upgradeRefusal({ status, reason, location }: UpgradeAnswer, path: string): string {
  const answer = clippedLine(`${status} ${reason}`.trim());
  if (status >= 300 && status < 400) {
    const where = location === undefined ? "" : ` to ${clippedLine(location)}`;
    return `redirects${where} (${answer}), and workers do not follow redirects: set the host, port and path of the master itself`;
  }
  if (status === 403) return `denies access (${answer}): check the proxy or firewall in front of the master`;
  if (status === 404)
    return `has no worker endpoint at ${clippedLine(path)} (${answer}): check the path in buildbot.tac`;
  if (status === 502 || status === 503 || status === 504) return `cannot reach the master behind it (${answer})`;
  if (status === 200 || status === 400 || status === 426) {
    return `does not accept a WebSocket (${answer}): check that it is the master's MessagePack port`;
  }
  return `refused the WebSocket (${answer})`;
}

/** For a server that answers with something other than HTTP. */
export function notHttpRefusal(received: Uint8Array): string {
  if (greetsAsPb(received)) {
    return "is a Buildbot master's port for protocol 'pb', not for MessagePack: check the port, or set protocol = 'pb'";
  }
  return `is not a MessagePack master: it sent ${printableBytes(received)}; check host and port`;
}

export function notHttpTrouble(received: Uint8Array): TroubleCode {
  if (greetsAsPb(received)) return "wrong-protocol";
  return received[0] === 0x15 && received[1] === 0x03 ? "tls-needed" : "not-a-master";
}
