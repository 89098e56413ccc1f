// What an HTTP answer other than 101 means to a worker that asked for a WebSocket, in a clause for the person who set it up.
// Pure.
import { clippedLine } from "../base/clip.ts";
import type { TroubleCode } from "../base/trouble-code.ts";
import { greetsAsPb, printableBytes } from "./shown-bytes.ts";

export interface UpgradeAnswer {
  readonly status: number;
  /** The words behind the status; may be empty. */
  readonly reason: string;
  /** Of a redirect. */
  readonly location: string | undefined;
}

/** The path that was asked for. */
export function upgradeRefusal({ status, reason, location }: UpgradeAnswer, path: string): string {
  const answer = clippedLine(`${status} ${reason}`.trim());
  if (status >= 300 && status < 400) {
    const where = location === undefined ? "" : ` to ${clippedLine(location)}`;
    return `redirects${where} (${answer}), and a worker does not follow: set host, port and path of the master itself`;
  }
  if (status === 403) return `does not let this worker in (${answer}): check what stands before the master`;
  if (status === 404)
    return `has nothing for workers at ${clippedLine(path)} (${answer}): check the path in buildbot.tac`;
  if (status === 502 || status === 503 || status === 504) return `cannot reach the master behind it (${answer})`;
  if (status === 200 || status === 400 || status === 426) {
    return `does not take a WebSocket (${answer}): check that it is the master's MessagePack port`;
  }
  return `refused the WebSocket (${answer})`;
}

/** For what answers with something that is no HTTP. */
export function strangerRefusal(heard: Uint8Array): string {
  if (greetsAsPb(heard)) {
    return "is a Buildbot master's port for protocol 'pb', not for MessagePack: check the port, or set protocol = 'pb'";
  }
  return `is no master for MessagePack: it says ${printableBytes(heard)}; check host and port`;
}

/** What is wrong with a server that answers so. */
export function strangerTrouble(heard: Uint8Array): TroubleCode {
  if (greetsAsPb(heard)) return "wrong-protocol";
  return heard[0] === 0x15 && heard[1] === 0x03 ? "tls-needed" : "not-a-master";
}
