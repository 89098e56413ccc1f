// Where a master on this host is, for tests.
import { DEFAULT_TIMEOUT_MS, hostAndPort } from "../../src/transport/endpoint.ts";
import { type MasterTarget, NO_DEMANDS } from "../../src/transport/master-target.ts";

/** A master at host and port, without TLS and proxy. */
export function tcpTarget(host: string, port: number): MasterTarget {
  return {
    endpoint: { kind: "tcp", host, port, timeoutMs: DEFAULT_TIMEOUT_MS, bindAddress: undefined },
    proxy: undefined,
    tls: NO_DEMANDS,
    shown: hostAndPort(host, port),
  };
}
