// What a worker tells of itself when it attaches, read within limits: all of it is the word of somebody whom we know by a
// password only. Pure.
import { Float } from "../../base/python-values.ts";
import type { WorkerInfo } from "../worker-link.ts";

const MOST_FACTS = 200;
const NAME_LIMIT_CHARACTERS = 100;
const FACT_LIMIT_CHARACTERS = 8 * 1024;
const PATH_LIMIT_CHARACTERS = 4096;
const MOST_COMMANDS = 200;
const MOST_VARIABLES = 2000;
const VARIABLE_LIMIT_CHARACTERS = 32 * 1024;
const ENVIRONMENT_LIMIT_CHARACTERS = 1024 * 1024;

/** What is kept elsewhere, or tells people nothing. */
const notFacts: ReadonlySet<string> = new Set([
  "environ",
  "basedir",
  "version",
  "worker_commands",
  "slave_commands",
  "delete_leftover_dirs",
]);

export interface WorkerWord {
  readonly info: WorkerInfo;
  /** It wants the master to remove what is in its base directory and belongs to no builder (MessagePack only). */
  readonly deletesLeftovers: boolean;
  /** A clause on what was too much of it. */
  readonly leftOut: string | undefined;
}

export function readWorkerInfo(told: ReadonlyMap<unknown, unknown>): WorkerWord {
  const word = new Map([...told].map(([key, value]) => [plainText(key) ?? "", value] as const));
  const facts = new Map<string, string>();
  const tooMuch: string[] = [];
  for (const [name, value] of word) {
    const text = plainText(value);
    if (notFacts.has(name) || text === undefined) continue;
    if (facts.size === MOST_FACTS || name.length > NAME_LIMIT_CHARACTERS) tooMuch.push("a fact");
    else facts.set(name, text.slice(0, FACT_LIMIT_CHARACTERS).toWellFormed());
    if (text.length > FACT_LIMIT_CHARACTERS) tooMuch.push("the end of a fact");
  }
  const environment = readEnvironment(word.get("environ"), tooMuch);
  const commands = readCommands(word.get("worker_commands") ?? word.get("slave_commands"), tooMuch);
  const basedir = plainText(word.get("basedir")) ?? "";
  const leftovers = word.get("delete_leftover_dirs");
  return {
    info: {
      facts,
      version: plainText(word.get("version"))?.slice(0, NAME_LIMIT_CHARACTERS),
      basedir: basedir.length > PATH_LIMIT_CHARACTERS ? "" : basedir,
      commands,
      environment,
    },
    deletesLeftovers: leftovers === true || (typeof leftovers === "number" && leftovers !== 0),
    leftOut: tooMuch.length === 0 ? undefined : `${tooMuch.length} parts of it, such as ${tooMuch[0]}`,
  };
}

/** Versions by the names of commands. */
export function readCommands(value: unknown, tooMuch: string[] = []): ReadonlyMap<string, string> {
  const commands = new Map<string, string>();
  if (!(value instanceof Map)) return commands;
  for (const [key, item] of value as ReadonlyMap<unknown, unknown>) {
    const [name, version] = [plainText(key), plainText(item)];
    if (name === undefined || version === undefined) continue;
    if (commands.size === MOST_COMMANDS || name.length > NAME_LIMIT_CHARACTERS) tooMuch.push("a command");
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
    const isTooMuch = environment.size === MOST_VARIABLES || characters + length > ENVIRONMENT_LIMIT_CHARACTERS;
    if (isTooMuch || length > VARIABLE_LIMIT_CHARACTERS) {
      tooMuch.push("a variable");
      continue;
    }
    characters += length;
    environment.set(name, text);
  }
  return environment;
}

/** Of text, and of numbers. */
export function plainText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return value instanceof Float ? String(value.value) : undefined;
}
