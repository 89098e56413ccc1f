// What an endpoint leaves open to whoever stands between: TLS that verifies nothing, or none where some was wished. Pure.
import type { Endpoint } from "./endpoint.ts";
import { type MasterTarget, NO_DEMANDS, type TlsPolicy } from "./master-target.ts";
import type { Peer } from "./tls-verdict.ts";

/** One sentence for each end of the way whose certificate nobody looks at. */
export function unverified({ endpoint, proxy, tls }: MasterTarget): readonly string[] {
  return [
    ...sentences(endpoint, "master", tls),
    ...(proxy === undefined ? [] : sentences(proxy.endpoint, "proxy", NO_DEMANDS)),
  ];
}

function sentences(endpoint: Endpoint, peer: Peer, policy: TlsPolicy): readonly string[] {
  if (endpoint.kind === "tcp" && policy.wished) {
    return [
      "use_tls is set, but the connection string begins with tcp:, so that the worker connects without TLS, and anybody on the way can read and change everything; use tls: instead of tcp:",
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
    `the ${peer}'s certificate is not verified, so that anybody on the way there may pose as the ${peer}; ${advice}`,
  ];
}
