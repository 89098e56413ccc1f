// Warns of connections open to interception: TLS that verifies nothing, or no TLS although it was requested. Pure.
import type { Endpoint } from "./endpoint.ts";
import { type MasterTarget, NO_DEMANDS, type TlsPolicy } from "./master-target.ts";
import type { Peer } from "./tls-verdict.ts";

/** One message for each peer whose certificate is not verified. */
export function unverified({ endpoint, proxy, tls }: MasterTarget): readonly string[] {
  return [
    ...sentences(endpoint, "master", tls),
    ...(proxy === undefined ? [] : sentences(proxy.endpoint, "proxy", NO_DEMANDS)),
  ];
}

function sentences(endpoint: Endpoint, peer: Peer, policy: TlsPolicy): readonly string[] {
  if (endpoint.kind === "tcp" && policy.requested) {
    return [
      "use_tls is set, but the connection string begins with tcp:, so the worker connects without TLS, and the traffic can be read and changed on the network; use tls: instead of tcp:",
    ];
  }
  const { verify, caFile, pin } = policy;
  if (endpoint.kind !== "tls" || endpoint.terms.chain !== "any") return [];
  if (verify || caFile !== undefined || pin !== undefined) return [];
  const advice =
    peer === "master"
      ? "use tls: instead of ssl:, or set tls_verify, tls_ca_file or tls_pin"
      : "use tls: instead of ssl:";
  return [
    `the ${peer}'s certificate is not verified, so anyone on the network path can impersonate the ${peer}; ${advice}`,
  ];
}
