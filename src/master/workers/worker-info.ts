// Parses the facts that a worker reports when it attaches, within limits, since they are untrusted. Pure.
import { Float } from "../../base/python-values.ts";
import type { WorkerInfo } from "../worker-link.ts";

const MAX_FACTS = 200;
const NAME_LIMIT_CHARACTERS = 100;
const FACT_LIMIT_CHARACTERS = 8 * 1024;
const PATH_LIMIT_CHARACTERS = 4096;
const MAX_COMMANDS = 200;
const MAX_VARIABLES = 2000;
const VARIABLE_LIMIT_CHARACTERS = 32 * 1024;
const ENVIRONMENT_LIMIT_CHARACTERS = 1024 * 1024;

/** Not facts: stored elsewhere, or meaningless to people. */
const notFacts: ReadonlySet<string> = new Set([
  "environ",
  "basedir",
  "version",
  "worker_commands",
  "slave_commands",
  "delete_leftover_dirs",
]);

export interface AttachReport {
  readonly info: WorkerInfo;
  /**
   * It requests that the master removes everything from its base directory that belongs to no builder (MessagePack
   * only).
   */
  readonly deletesLeftovers: boolean;
  /** A clause on what exceeded the limits. */
  readonly leftOut: string | undefined;
}

export function readWorkerInfo(info: ReadonlyMap<unknown, unknown>): AttachReport {
  const values = new Map([...info].map(([key, value]) => [plainText(key) ?? "", value] as const));
  const facts = new Map<string, string>();
  const tooMuch: string[] = [];
  for (const [name, value] of values) {
    const text = plainText(value);
    if (notFacts.has(name) || text === undefined) continue;
    if (facts.size === MAX_FACTS || name.length > NAME_LIMIT_CHARACTERS) tooMuch.push("a fact");
    else facts.set(name, text.slice(0, FACT_LIMIT_CHARACTERS).toWellFormed());
    if (text.length > FACT_LIMIT_CHARACTERS) tooMuch.push("the end of a fact");
  }
  const environment = readEnvironment(values.get("environ"), tooMuch);
  const commands = readCommands(values.get("worker_commands") ?? values.get("slave_commands"), tooMuch);
  const basedir = plainText(values.get("basedir")) ?? "";
  const leftovers = values.get("delete_leftover_dirs");
  return {
    info: {
      facts,
      version: plainText(values.get("version"))?.slice(0, NAME_LIMIT_CHARACTERS),
      basedir: basedir.length > PATH_LIMIT_CHARACTERS ? "" : basedir,
      commands,
      environment,
    },
    deletesLeftovers: leftovers === true || (typeof leftovers === "number" && leftovers !== 0),
    leftOut: tooMuch.length === 0 ? undefined : `${tooMuch.length} parts, such as ${tooMuch[0]}`,
  };
}

/** Versions by command name. */
export function readCommands(value: unknown, tooMuch: string[] = []): ReadonlyMap<string, string> {
  const commands = new Map<string, string>();
  if (!(value instanceof Map)) return commands;
  for (const [key, item] of value as ReadonlyMap<unknown, unknown>) {
    const [name, version] = [plainText(key), plainText(item)];
    if (name === undefined || version === undefined) continue;
    if (commands.size === MAX_COMMANDS || name.length > NAME_LIMIT_CHARACTERS) tooMuch.push("a command");
    else commands.set(name, version.slice(0, NAME_LIMIT_CHARACTERS));
  }
  return commands;
}

function readEnvironment(value: unknown, tooMuch: string[]): ReadonlyMap<string, string> {
  const environment = new Map<string, string>();
  if (!(value instanceof Map)) return environment;
  let characters = 0;
  for (const [key, item] of value as ReadonlyMap<unknown, unknown>) {
    const [name, text] = [plainText(key), plainText(item)];
    if (name === undefined || text === undefined) continue;
    const length = name.length + text.length;
    const isTooMuch = environment.size === MAX_VARIABLES || characters + length > ENVIRONMENT_LIMIT_CHARACTERS;
    if (isTooMuch || length > VARIABLE_LIMIT_CHARACTERS) {
      tooMuch.push("a variable");
      continue;
    }
    characters += length;
    environment.set(name, text);
  }
  return environment;
}

/** Text, or a number as text. */
export function plainText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return value instanceof Float ? String(value.value) : undefined;
}
