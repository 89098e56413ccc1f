// Where the master is and how to get there: all that connecting needs to know.
import type { Endpoint } from "./endpoint.ts";
import type { HttpProxy } from "./proxy.ts";

/** What the admin demands of the master's certificate beyond its endpoint string. */
export interface TlsPolicy {
  /** `use_tls` is set, which counts for nothing beside an endpoint that says itself how to connect. */
  readonly wished: boolean;
  /** Verify chain and name also where the endpoint would not. */
  readonly verify: boolean;
  /** Absolute path of a PEM file of the authorities to trust instead of the system's. */
  readonly caFile: string | undefined;
  /** SHA-256 of the master's certificate: 64 lower-case hexadecimal digits. */
  readonly pin: string | undefined;
}

export interface MasterTarget {
  readonly endpoint: Endpoint;
  /** The HTTP proxy that is asked for a tunnel to `endpoint`, which has a host and a port then. */
  readonly proxy: HttpProxy | undefined;
  readonly tls: TlsPolicy;
  /** `host:port`, or the path of a socket; for log lines. */
  readonly shown: string;
}

/** What holds when the admin demands nothing. */
export const NO_DEMANDS: TlsPolicy = { wished: false, verify: false, caFile: undefined, pin: undefined };
