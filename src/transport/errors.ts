// Errors of connecting.
import { errorCode } from "../base/error-code.ts";
import { define } from "../base/errors.ts";
import type { TroubleCode } from "../base/trouble-code.ts";

/** Troubles by the system's error codes. */
const systemTroubles: Readonly<Record<string, TroubleCode>> = {
  ENOTFOUND: "name-unknown",
  EAI_AGAIN: "name-servers-silent",
  ECONNREFUSED: "port-closed",
  ETIMEDOUT: "host-silent",
  EHOSTUNREACH: "host-unreachable",
  ENETUNREACH: "host-unreachable",
};

export const transportErrors = {
  connectFailed: define(
    "ERR_CONNECT_FAILED",
    "connection",
    (stage: string, sentence: string) => `${stage}: ${sentence}`,
    { trouble: (cause) => systemTroubles[errorCode(cause) ?? ""] ?? "connect-failed" },
  ),
  proxyFailed: define("ERR_PROXY_FAILED", "connection", (sentence: string) => `proxy: ${sentence}`, {
    trouble: "proxy-failed",
  }),
  tlsFailed: define("ERR_TLS_FAILED", "connection", (sentence: string) => `TLS: ${sentence}`, {
    trouble: "tls-failed",
  }),
  relayFailed: define("ERR_RELAY_FAILED", "connection", (sentence: string) => `relay: ${sentence}`, {
    trouble: "relay-failed",
  }),
  relayProtocol: define(
    "ERR_RELAY_PROTOCOL",
    "protocol",
    (what: string) => `the other end of the relay's line ${what}`,
  ),
  relayFile: define("ERR_RELAY_FILE", "usage", (path: string, reason: string) => `${path}: ${reason}`, {
    trouble: "relay-file",
  }),
  endpoint: define("ERR_ENDPOINT", "usage", (where: string, reason: string) => `${where}: ${reason}`, {
    trouble: "endpoint-invalid",
  }),
  tlsFile: define("ERR_TLS_FILE", "usage", (path: string, reason: string) => `${path}: ${reason}`, {
    trouble: "tls-file",
  }),
} as const;
