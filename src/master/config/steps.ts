// Converts steps of a validated YAML file to the master's. Pure.
import * as v from "valibot";
import { definedEntries } from "../../base/defined-entries.ts";
import { directorySchema, type ShellInput, type StepInput, shellSchema } from "./step-schema.ts";
import { bytesOf, secondsOf } from "./units.ts";

const LONGEST_NAME_CHARS = 50;

export function stepConfig({ shell, upload, download, git, trigger, cpdir, ...directories }: StepInput) {
  if (shell !== undefined) {
    return shellStep(isCommand(shell) ? v.parse(shellSchema, { command: shell }) : shell);
  }
  if (upload !== undefined) {
    const { artifact, directory, maxSize, ...rest } = upload;
    const converted = { isArtifact: artifact, isDirectory: directory, maxSizeBytes: bytesOf(maxSize) };
    return { type: "upload" as const, ...rest, ...converted, name: nameOf(rest, `upload ${rest.from}`) };
  }
  if (download !== undefined) {
    const mode = download.mode === undefined ? undefined : Number.parseInt(download.mode, 8);
    return { type: "download" as const, ...download, mode, name: nameOf(download, `download ${download.from}`) };
  }
  if (git !== undefined) {
    const { shallow, retries, retryDelay, timeout, ...rest } = git;
    return {
      type: "git" as const,
      ...rest,
      depth: shallow,
      retry: { delaySeconds: secondsOf(retryDelay), repeats: retries },
      timeout: secondsOrNull(timeout),
      name: nameOf(rest, `git ${rest.repository}`),
    };
  }
  if (trigger !== undefined) {
    const name = nameOf(trigger, `trigger ${trigger.schedulers.join(", ")}`);
    return { type: "trigger" as const, ...trigger, properties: new Map(Object.entries(trigger.properties)), name };
  }
  if (cpdir !== undefined) return { type: "cpdir" as const, ...cpdir, name: nameOf(cpdir, `cpdir ${cpdir.from}`) };
  const [type, given] = definedEntries(directories)[0]!;
  const rest = typeof given === "string" ? v.parse(directorySchema, { path: given }) : given;
  return { type: type as keyof typeof directories, ...rest, name: nameOf(rest, `${type} ${rest.path}`) };
}

export function environmentMap(env: Readonly<Record<string, string | null>>): ReadonlyMap<string, string | null> {
  return new Map(Object.entries(env));
}

type Command = ShellInput["command"];

function isCommand(shell: Command | ShellInput): shell is Command {
  return typeof shell === "string" || Array.isArray(shell);
}

function shellStep({ env, timeout, maxTime, sigtermTime, maxLines, logfiles, decodeRC, ...rest }: ShellInput) {
  const { command } = rest;
  return {
    type: "shell" as const,
    ...rest,
    initialStdin: rest.initialStdin ?? null,
    env: environmentMap(env),
    timeout: secondsOrNull(timeout),
    maxTime: secondsOrNull(maxTime),
    sigtermTime: secondsOrNull(sigtermTime),
    maxLines: maxLines === 0 ? null : maxLines,
    logfiles: new Map(
      Object.entries(logfiles).map(
        ([name, file]) => [name, typeof file === "string" ? { filename: file, follow: false } : file] as const,
      ),
    ),
    decodeRC: new Map(Object.entries(decodeRC).map(([rc, result]) => [Number(rc), result] as const)),
    name: nameOf(rest, typeof command === "string" ? command : command.join(" ")),
  };
}

function secondsOrNull(duration: string | number): number | null {
  const seconds = secondsOf(duration);
  return seconds === 0 ? null : seconds;
}

function nameOf({ name }: { readonly name?: string | undefined }, what: string): string {
  return name ?? shortName(what);
}

/** The beginning of the first line, short enough for a list of steps. */
function shortName(what: string): string {
  const line = what
    .trim()
    .replace(/(?<!\s)\s*\n.*/s, " …")
    .replaceAll(/[\p{Cc}]/gu, " ");
  const characters = Array.from(line);
  return characters.length <= LONGEST_NAME_CHARS ? line : `${characters.slice(0, LONGEST_NAME_CHARS - 1).join("")}…`;
}
