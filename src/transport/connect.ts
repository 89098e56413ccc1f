// Connects to a master stage by stage: directly or through a proxy, with TLS on top. Knows the order of the stages, not
// how each one works.
import type { Socket } from "node:net";
import { certificateWarning } from "./certificate-warning.ts";
import { type Endpoint, shownEndpoint, type TcpEndpoint, type TlsEndpoint, type UnixEndpoint } from "./endpoint.ts";
import { type MasterTarget, NO_DEMANDS, type TlsPolicy } from "./master-target.ts";
import { onceFor } from "./once-for.ts";
import type { HttpProxy } from "./proxy.ts";
import { openTunnel } from "./proxy-tunnel.ts";
import type { RelayRoute } from "./relayed.ts";
import type { ConnectOptions } from "./stage.ts";
import { connectTcp } from "./tcp.ts";
import type { Peer } from "./tls-verdict.ts";
import { connectUnix } from "./unix.ts";
import { unverified } from "./unverified.ts";

/** The peer at an endpoint, and how the connection below its TLS is made. */
interface Route {
  readonly peer: Peer;
  readonly policy: TlsPolicy;
  readonly open: (endpoint: TcpEndpoint | UnixEndpoint, options: ConnectOptions) => Promise<Socket>;
}

/**
 * Resolves to a socket from which nothing has been read yet; rejects with a WorkerError of family `connection` whose
 * sentence begins with the stage, also when `signal` aborts.
 */
export async function connectToMaster(target: MasterTarget, options: ConnectOptions): Promise<Socket> {
  const { endpoint, proxy, relay, tls: policy } = target;
  const warn = onceFor(target, options.onWarning);
  for (const sentence of unverified(target)) warn(sentence);
  const direct = proxy === undefined ? openDirectly : tunnelThrough(proxy);
  const open = relay === undefined ? direct : throughRelay(relay, direct);
  const socket = await openEndpoint(endpoint, { peer: "master", policy, open }, options);
  const expiry = certificateWarning(socket, options.clock.date().getTime());
  if (expiry !== undefined) options.onWarning(expiry);
  return socket;
}

/** Throws if the files, names or dates of the policy would fail every connection to the endpoint. */
export async function checkTls(endpoint: TlsEndpoint, policy: TlsPolicy, now: Date): Promise<void> {
  (await import("./tls.ts")).checkMaterial(endpoint, policy, now);
}

/** Loads what connections through a relay need. */
export async function loadRelay(): Promise<void> {
  await import("./relay/index.ts");
}

async function openEndpoint(endpoint: Endpoint, route: Route, options: ConnectOptions): Promise<Socket> {
  if (endpoint.kind !== "tls") return route.open(endpoint, options);
  // Loaded before the socket exists, because a socket must never be without a listener.
  const { startTls } = await import("./tls.ts");
  const { peer, policy } = route;
  const below = { ...route, policy: NO_DEMANDS };
  const another = (signal: AbortSignal) =>
    openEndpoint(endpoint.under, below, { ...options, signal, onStage: () => {} });
  const socket = await openEndpoint(endpoint.under, below, options);
  return startTls(socket, { endpoint, policy, peer, another }, options);
}

function openDirectly(endpoint: TcpEndpoint | UnixEndpoint, options: ConnectOptions): Promise<Socket> {
  return endpoint.kind === "unix" ? connectUnix(endpoint, options) : connectTcp(endpoint, options);
}

function tunnelThrough({ endpoint: proxy, authorization }: HttpProxy): Route["open"] {
  return async (to, options) => {
    // A proxy cannot reach a Unix socket of this host.
    if (to.kind === "unix") return connectUnix(to, options);
    const socket = await openEndpoint(proxy, { peer: "proxy", policy: NO_DEMANDS, open: openDirectly }, options);
    const { timeoutMs } = proxy;
    return openTunnel(socket, { to, shownProxy: shownEndpoint(proxy), authorization, timeoutMs }, options);
  };
}

function throughRelay(relay: RelayRoute, open: Route["open"]): Route["open"] {
  const { endpoint, pin } = relay;
  const openLine = (options: ConnectOptions) =>
    openEndpoint(endpoint, { peer: "relay", policy: { ...NO_DEMANDS, pin }, open }, options);
  return async (_, options) => (await import("./relay/index.ts")).connectToRelay(relay, openLine, options);
}
