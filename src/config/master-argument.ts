// The <master> argument of create-worker: HOST, HOST:PORT, [IPV6] or [IPV6]:PORT.
import { baseErrors } from "../base/errors.ts";
import { LARGEST_PORT } from "../base/ports.ts";

const DEFAULT_PORT = 9989;

export interface MasterArgument {
  readonly host: string;
  readonly port: number;
}

/** Throws ERR_USAGE with the messages of the real worker. */
export function readMasterArgument(text: string): MasterArgument {
  if (text.startsWith("http:")) throw baseErrors.usage("<master> is not a URL - do not use URL");
  const { host, port } = split(text);
  if (host === "") throw baseErrors.usage(`invalid <master> argument '${text}'`);
  if (port === undefined) return { host, port: DEFAULT_PORT };
  const number = Number(port);
  if (!/^\d+$/.test(port)) throw baseErrors.usage(`invalid master port '${port}', needs to be a number`);
  if (number < 1 || number > LARGEST_PORT) {
    throw baseErrors.usage(`invalid master port '${port}', needs to be from 1 to ${LARGEST_PORT}`);
  }
  return { host, port: number };
}

function split(text: string): { host: string; port: string | undefined } {
  const bracketed = /^\[(.*)\](?::(.*))?$/s.exec(text);
  if (bracketed !== null) return { host: bracketed[1] ?? "", port: bracketed[2] };
  const [host = "", port, ...more] = text.split(":");
  if (more.length > 0) {
    throw baseErrors.usage(`invalid <master> argument '${text}', if it is an ipv6 address, it must be enclosed by []`);
  }
  return { host, port };
}
