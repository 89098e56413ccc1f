// The environment of a command: the worker's, with the master's changes. The rules are Buildbot's, observed with worker
// 4.2.1.
import { delimiter } from "node:path";
import { systemRules } from "../../base/system-rules.ts";
import { processErrors } from "../errors.ts";

/** Variables that Node sets for its own children; Node programs among ours would misunderstand them. */
const NODES_OWN = new Set(["NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE", "NODE_UNIQUE_ID"]);

/** Expanded size of all `${name}` of one command; no system starts a program with more. */
const EXPANSION_LIMIT_CHARS = 4 * 1024 * 1024;

/**
 * `workerEnv`, whose names are as `variableName` gives them, with the changes `given` by the master and `PWD` set to `workdir`, an absolute path. A value in `given`
 * is text, a list of texts (joined as a search path) or null (the variable is removed); anything else throws
 * `processErrors.envValue`. `${name}` stands for the worker's value, never for another one in `given`.
 */
export function mergeEnvironment(
  workerEnv: Readonly<Record<string, string | undefined>>,
  given: Readonly<Record<string, unknown>> | null | undefined,
  workdir: string,
): Record<string, string> {
  const merged = new Map<string, string>();
  for (const [name, value] of Object.entries(workerEnv)) {
    if (value !== undefined && !NODES_OWN.has(name)) merged.set(name, value);
  }
  let expandedChars = 0;
  const lookUp = (_reference: string, name: string) => {
    const wanted = systemRules.variableName(name);
    const value = (Object.hasOwn(workerEnv, wanted) && workerEnv[wanted]) || "";
    expandedChars += value.length;
    if (expandedChars > EXPANSION_LIMIT_CHARS) throw processErrors.envTooLarge(EXPANSION_LIMIT_CHARS);
    return value;
  };
  for (const [givenName, value] of Object.entries(given ?? {})) {
    const name = systemRules.variableName(givenName);
    if (value === null) {
      merged.delete(name);
    } else {
      const text = name === "PYTHONPATH" ? `${asText(name, value)}${delimiter}\${PYTHONPATH}` : asText(name, value);
      merged.set(name, text.replaceAll(/\$\{([0-9a-zA-Z_]*)\}/g, lookUp));
    }
  }
  merged.set("PWD", workdir);
  return Object.fromEntries(merged);
}

function asText(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join(delimiter);
  throw processErrors.envValue(name);
}
