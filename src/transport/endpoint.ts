// The content of a Twisted client endpoint string as values. Knows neither the syntax nor how to connect.
import { isIP } from "node:net";

/** Host names are resolved for both IP families. */
export interface TcpEndpoint {
  readonly kind: "tcp";
  /** A name in ASCII, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** For the name lookup, and again for connecting. */
  readonly timeoutMs: number;
  /** Local IP address to connect from. */
  readonly bindAddress: string | undefined;
}

export interface UnixEndpoint {
  readonly kind: "unix";
  readonly path: string;
  readonly timeoutMs: number;
  /** Connect only while the server's lock, the link `path` + `.lock`, names a running process. */
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
  /** Who must have signed the server's certificate: anyone, an authority the system trusts, or one in a directory. */
  readonly chain: "any" | "system" | { readonly directory: string };
  /** The name or IP address that is sent as SNI and that the certificate should be for. */
  readonly name: string;
  /** Whether the certificate must be for `name`. */
  readonly checksName: boolean;
  /** PEM files of the client's certificate and its key, which may be the same file. */
  readonly certificate: { readonly path: string; readonly keyPath: string } | undefined;
}

/** Default limit of each stage of connecting, the same as in Twisted's endpoints. */
export const DEFAULT_TIMEOUT_MS = 30_000;

/** TLS to this host and port, verifying the name, and the chain against the system's authorities. */
export function verifiedTls(under: TcpEndpoint): TlsEndpoint {
  const terms = {
    chain: "system",
    name: certificateName(under.host),
    checksName: true,
    certificate: undefined,
  } as const;
  return { kind: "tls", under, timeoutMs: under.timeoutMs, terms };
}

/** TLS to a server that is known by the fingerprint of its certificate. */
export function pinnedTls(under: TcpEndpoint): TlsEndpoint {
  const { host, timeoutMs } = under;
  const terms = { chain: "any", name: certificateName(host), checksName: false, certificate: undefined } as const;
  return { kind: "tls", under, timeoutMs, terms };
}

/** Whether what is sent there stays on this host. */
export function isLocal(endpoint: TcpEndpoint | UnixEndpoint): boolean {
  if (endpoint.kind === "unix") return true;
  return endpoint.host === "localhost" || endpoint.host === "::1" || /^127(?:\.\d+){3}$/.test(endpoint.host);
}

/** Certificates contain names without the trailing dot and addresses without a zone. */
export function certificateName(host: string): string {
  return isIP(host) === 0 ? host.replace(/\.$/, "") : host.replace(/%.*/s, "");
}

/** `host:port` with an IPv6 address in brackets, or the path of a socket. */
export function shownEndpoint(endpoint: Endpoint): string {
  if (endpoint.kind === "unix") return endpoint.path;
  if (endpoint.kind === "tls") return shownEndpoint(endpoint.under);
  return hostAndPort(endpoint.host, endpoint.port);
}

/** `host:port` with an IPv6 address in brackets. */
export function hostAndPort(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
