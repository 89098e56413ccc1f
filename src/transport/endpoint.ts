// What a Twisted client endpoint string says, as values: where a connection goes and what is done on the way. Knows
// neither the strings nor how to connect.
import { isIP } from "node:net";

/** Host names are looked up for both families. */
export interface TcpEndpoint {
  readonly kind: "tcp";
  /** A name in ASCII, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** For the name lookup, and again for the connecting. */
  readonly timeoutMs: number;
  /** Local IP address to connect from. */
  readonly bindAddress: string | undefined;
}

export interface UnixEndpoint {
  readonly kind: "unix";
  readonly path: string;
  readonly timeoutMs: number;
  /** Connect only while the server's lock, the link `path` + `.lock`, names a process that lives. */
  readonly lockfile: boolean;
}

/** TLS on top of another endpoint. */
export interface TlsEndpoint {
  readonly kind: "tls";
  readonly under: Endpoint;
  /** For the handshake. */
  readonly timeoutMs: number;
  readonly terms: TlsTerms;
}

export type Endpoint = TcpEndpoint | UnixEndpoint | TlsEndpoint;

/** What a TLS endpoint says about certificates. */
export interface TlsTerms {
  /** Who must have signed the server's certificate: anybody, an authority of the system's, or one in a directory. */
  readonly chain: "any" | "system" | { readonly directory: string };
  /** The name or IP address that the server is asked for (SNI), and that its certificate should be for. */
  readonly name: string;
  /** Whether the certificate must be for `name`. */
  readonly checksName: boolean;
  /** PEM files of the client's certificate and its key, which may be the same one. */
  readonly certificate: { readonly path: string; readonly keyPath: string } | undefined;
}

/** How long each stage of connecting may take when the endpoint does not say: as Twisted's endpoints. */
export const DEFAULT_TIMEOUT_MS = 30_000;

/** TLS to this host and port, with chain and name verified as the system does. */
export function verifiedTls(under: TcpEndpoint): TlsEndpoint {
  const terms = {
    chain: "system",
    name: certificateName(under.host),
    checksName: true,
    certificate: undefined,
  } as const;
  return { kind: "tls", under, timeoutMs: under.timeoutMs, terms };
}

/** Certificates are for names without the dot that ends a complete one, and for addresses without a zone of this host's. */
export function certificateName(host: string): string {
  return isIP(host) === 0 ? host.replace(/\.$/, "") : host.replace(/%.*/s, "");
}

/** `host:port`, an IPv6 address in brackets; or the path of a socket. */
export function shownEndpoint(endpoint: Endpoint): string {
  if (endpoint.kind === "unix") return endpoint.path;
  if (endpoint.kind === "tls") return shownEndpoint(endpoint.under);
  return hostAndPort(endpoint.host, endpoint.port);
}

/** `host:port`, an IPv6 address in brackets. */
export function hostAndPort(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
