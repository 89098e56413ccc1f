// What the commands of a master must know of it: its file, its listeners in words, and what its log says of a reload. Loads
// nothing of the master itself, which takes longer than most of them.
import { join } from "node:path";
import type { ListenerConfig } from "../master/index.ts";
import { hostAndPort } from "../transport/index.ts";

const CONFIG_FILE = "master.yaml";
/** The log lines after SIGHUP. */
export const RELOADED = "master.yaml was reloaded";
export const NOT_RELOADED = "master.yaml was not reloaded, and the previous configuration stays in use";

export function masterConfigPath(directory: string): string {
  return join(directory, CONFIG_FILE);
}

/**
 * What this part of a master's log says about reading its configuration again, without a sentence if it was refused;
 * undefined: nothing.
 */
export function reloadAnswer(log: string): { readonly sentence: string | undefined } | undefined {
  const at = log.indexOf(RELOADED);
  if (at >= 0 && log.includes("\n", at)) return { sentence: log.slice(at).split("\n", 1)[0] };
  return log.includes(NOT_RELOADED) ? { sentence: undefined } : undefined;
}

/** `127.0.0.1:9989 (pb over TLS)`. */
export function shownListener({ host, port, protocol, tls }: ListenerConfig): string {
  return `${hostAndPort(host, port)} (${protocol}${tls === undefined ? "" : " over TLS"})`;
}
