// What listens where a master was expected and says nothing by itself: it is offered TLS, and asked as web servers are, each
// on a connection of its own.

import type { TroubleCode } from "../../base/trouble-code.ts";
import {
  type ConnectOptions,
  certificateName,
  connectToMaster,
  type Endpoint,
  type MasterTarget,
  NO_DEMANDS,
  readGreeting,
  type TlsEndpoint,
  transportErrors,
} from "../../transport/index.ts";

/** A server of TLS answers at once. */
const HANDSHAKE_LIMIT_MS = 5000;

export interface Listener {
  readonly trouble: TroubleCode;
  /** A clause behind `what listens there`. */
  readonly text: string;
}

type Options = Pick<ConnectOptions, "clock" | "signal">;

/** Undefined when it cannot be told. Never rejects. */
export async function whatListens(target: MasterTarget, options: Options): Promise<Listener | undefined> {
  const secured = await tlsListener(target, options);
  if (secured !== undefined) return secured;
  const quiet = { ...options, ...unheard };
  const words = await readGreeting((signal) => connectToMaster(target, { ...quiet, signal }), options);
  if (words === undefined) return undefined;
  return {
    trouble: words.startsWith('"HTTP/') ? "http-server" : "not-a-master",
    text: `says ${words} when it is asked`,
  };
}

const unheard = { onStage: () => {}, onWarning: () => {} };

/** A server of TLS where none was expected; undefined for all else. Never rejects. */
export async function tlsListener(target: MasterTarget, options: Options): Promise<Listener | undefined> {
  if (target.endpoint.kind === "tls") return undefined;
  const secured = { ...target, endpoint: withTls(target.endpoint), tls: NO_DEMANDS };
  try {
    const socket = await connectToMaster(secured, { ...options, ...unheard });
    socket.on("error", () => {}).destroy();
  } catch (error) {
    // Only a server of TLS asks for a certificate of ours, or refuses one.
    if (!transportErrors.tlsFailed.is(error) || error.trouble !== "tls-own-certificate") return undefined;
  }
  return { trouble: "tls-needed", text: "speaks TLS" };
}

function withTls(under: Endpoint): TlsEndpoint {
  const name = under.kind === "tcp" ? certificateName(under.host) : "localhost";
  const terms = { chain: "any", name, checksName: false, certificate: undefined } as const;
  return { kind: "tls", under, timeoutMs: HANDSHAKE_LIMIT_MS, terms };
}
