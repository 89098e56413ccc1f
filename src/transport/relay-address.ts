// The address of a relay or of its master, as it stands in settings: HOST:PORT, [IPV6]:PORT or unix:PATH.
import { resolve } from "node:path";
import { LARGEST_PORT } from "../base/ports.ts";
import { DEFAULT_TIMEOUT_MS, type TcpEndpoint, type UnixEndpoint } from "./endpoint.ts";
import { asciiHost } from "./endpoint-fields.ts";
import { transportErrors } from "./errors.ts";

const HOST_AND_PORT = /^(?:\[([\d.:a-f]+)\]|([^:[\]]+)):(\d{1,5})$/i;

/** Throws ERR_ENDPOINT with `where`. */
export function readRelayAddress(text: string, where: string): TcpEndpoint | UnixEndpoint {
  const timeoutMs = DEFAULT_TIMEOUT_MS;
  if (text.startsWith("unix:/")) {
    return { kind: "unix", path: resolve(text.slice("unix:".length)), timeoutMs, lockfile: false };
  }
  const [, address, name = "", port] = HOST_AND_PORT.exec(text) ?? [];
  const host = address ?? asciiHost(name);
  if (!host || Number(port) < 1 || Number(port) > LARGEST_PORT) {
    throw transportErrors.endpoint(where, `expected HOST:PORT or unix:/PATH, got '${text}'`);
  }
  return { kind: "tcp", host, port: Number(port), timeoutMs, bindAddress: undefined };
}
