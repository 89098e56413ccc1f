// Finds out what listens on the master's port and sends no greeting: tries TLS, and an HTTP request, each on its own
// connection.

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

/** A TLS server answers at once. */
const HANDSHAKE_LIMIT_MS = 5000;

export interface Listener {
  readonly trouble: TroubleCode;
  /** Predicate of the sentence `the server there …`. */
  readonly text: string;
}

type Options = Pick<ConnectOptions, "clock" | "signal">;

/** Undefined if unknown. Never rejects. */
export async function whatListens(target: MasterTarget, options: Options): Promise<Listener | undefined> {
  const secured = await tlsListener(target, options);
  if (secured !== undefined) return secured;
  const quiet = { ...options, ...ignoreProgress };
  const words = await readGreeting((signal) => connectToMaster(target, { ...quiet, signal }), options);
  if (words === undefined) return undefined;
  return {
    trouble: words.startsWith('"HTTP/') ? "http-server" : "not-a-master",
    text: `sends ${words} in answer to a request`,
  };
}

const ignoreProgress = { onStage: () => {}, onWarning: () => {} };

/** A TLS server where none was expected; undefined for anything else. Never rejects. */
export async function tlsListener(target: MasterTarget, options: Options): Promise<Listener | undefined> {
  if (target.endpoint.kind === "tls") return undefined;
  const secured = { ...target, endpoint: withTls(target.endpoint), tls: NO_DEMANDS };
  try {
    const socket = await connectToMaster(secured, { ...options, ...ignoreProgress });
    socket.on("error", () => {}).destroy();
  } catch (error) {
    // Only a TLS server requests our certificate, or refuses it.
    if (!transportErrors.tlsFailed.is(error) || error.trouble !== "tls-own-certificate") return undefined;
  }
  return { trouble: "tls-needed", text: "speaks TLS" };
}

function withTls(under: Endpoint): TlsEndpoint {
  const name = under.kind === "tcp" ? certificateName(under.host) : "localhost";
  const terms = { chain: "any", name, checksName: false, certificate: undefined } as const;
  return { kind: "tls", under, timeoutMs: HANDSHAKE_LIMIT_MS, terms };
}
