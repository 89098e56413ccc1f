// What a proxy's answer other than 200 means, in one sentence for the person who set the proxy up. Pure.
import { clippedLine } from "../base/clip.ts";
import type { TroubleCode } from "../base/trouble-code.ts";
import type { ProxyReply } from "./proxy-reply.ts";

export interface RefusedTunnel {
  /** `the proxy at h:p`. */
  readonly who: string;
  /** `h:p` of the master. */
  readonly target: string;
  /** Whether a name and a password were given. */
  readonly withCredentials: boolean;
}

/** Shows nothing of the credentials. */
export function refusalText(reply: ProxyReply, { who, target, withCredentials }: RefusedTunnel): string {
  const { status } = reply;
  const answer = clippedLine(`${status} ${reply.reason}`.trim());
  if (status === 407) return `${who} ${authenticationText(reply, withCredentials)} (${answer})`;
  if (status === 401 || status === 403) return `${who} does not allow a tunnel to ${target} (${answer})`;
  if (status === 404 || status === 405 || status === 501 || status === 400) {
    return `${who} does not make tunnels to ${target} (${answer}): check that it is an HTTP proxy`;
  }
  if (status >= 300 && status < 400) {
    const location = reply.headers.get("location");
    const where = location === undefined ? "" : ` to ${clippedLine(location)}`;
    return `${who} redirects${where} (${answer}): check that it is an HTTP proxy`;
  }
  if (status === 502 || status === 503 || status === 504)
    return `${who} cannot reach the master at ${target} (${answer})`;
  return `${who} refused a tunnel to ${target} (${answer})`;
}

/** What is wrong when a proxy answers with that status. */
export function refusalTrouble(status: number): TroubleCode {
  if (status === 407) return "proxy-auth";
  if (status === 401 || status === 403) return "proxy-forbids";
  return status === 502 || status === 503 || status === 504 ? "proxy-cannot-reach" : "proxy-failed";
}

function authenticationText({ headers }: ProxyReply, withCredentials: boolean): string {
  const offered = headers.get("proxy-authenticate");
  if (offered !== undefined && !/\bbasic\b/i.test(offered)) {
    return `wants a kind of authentication other than Basic: ${clippedLine(offered)}`;
  }
  return withCredentials ? "does not accept the user or the password" : "wants a user and a password";
}
