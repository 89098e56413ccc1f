// Where the master is and how to connect to it.
import type { Endpoint } from "./endpoint.ts";
import type { HttpProxy } from "./proxy.ts";
import type { RelayRoute } from "./relayed.ts";

/** Demands on the master's certificate beyond the endpoint string. */
export interface TlsPolicy {
  /** `use_tls` is set; it has no effect beside a connection string. */
  readonly requested: boolean;
  /** Verify chain and name even if the endpoint does not ask for it. */
  readonly verify: boolean;
  /** Absolute path of a PEM file of authorities to trust instead of the system's. */
  readonly caFile: string | undefined;
  /** SHA-256 of the master's certificate: 64 lower-case hexadecimal digits. */
  readonly pin: string | undefined;
}

export interface MasterTarget {
  readonly endpoint: Endpoint;
  /** HTTP proxy for a tunnel to `endpoint`, which then has a host and a port. */
  readonly proxy: HttpProxy | undefined;
  readonly tls: TlsPolicy;
  /** The relay beside the master; it, not this worker, then connects to `endpoint`. */
  readonly relay?: RelayRoute | undefined;
  /** `host:port`, or the path of a socket; for log lines. */
  readonly shown: string;
}

export const NO_DEMANDS: TlsPolicy = { requested: false, verify: false, caFile: undefined, pin: undefined };
