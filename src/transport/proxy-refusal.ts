// Explains a proxy's answer other than 200 in one sentence. Pure.
import { clippedLine } from "../base/clip.ts";
import type { TroubleCode } from "../base/trouble-code.ts";
import type { ProxyReply } from "./proxy-reply.ts";

export interface RefusedTunnel {
  /** `the proxy at h:p`. */
  readonly who: string;
  /** `h:p` of the master. */
  readonly target: string;
  /** Whether user and password were sent. */
  readonly withCredentials: boolean;
}

/** Never contains the credentials. */
export function refusalText(reply: ProxyReply, { who, target, withCredentials }: RefusedTunnel): string {
  const { status } = reply;
  const answer = clippedLine(`${status} ${reply.reason}`.trim());
  if (status === 407) return `${who} ${authenticationText(reply, withCredentials)} (${answer})`;
  if (status === 401 || status === 403) return `${who} does not allow a tunnel to ${target} (${answer})`;
  if (status === 404 || status === 405 || status === 501 || status === 400) {
    return `${who} does not support tunnels to ${target} (${answer}): check that it is an HTTP proxy`;
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

export function refusalTrouble(status: number): TroubleCode {
  if (status === 407) return "proxy-auth";
  if (status === 401 || status === 403) return "proxy-forbids";
  return status === 502 || status === 503 || status === 504 ? "proxy-cannot-reach" : "proxy-failed";
}

function authenticationText({ headers }: ProxyReply, withCredentials: boolean): string {
  const offered = headers.get("proxy-authenticate");
  if (offered !== undefined && !/\bbasic\b/i.test(offered)) {
    return `requires an authentication scheme other than Basic: ${clippedLine(offered)}`;
  }
  return withCredentials ? "does not accept the user name or password" : "requires a user name and a password";
}
