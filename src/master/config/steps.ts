// Converts steps of a validated YAML file to the master's. Pure.
import * as v from "valibot";
import type { ShellStep, StepConfig } from "../master-config.ts";
import { directorySchema, type ShellInput, type StepInput, shellSchema } from "./step-schema.ts";
import { bytesOf, secondsOf } from "./units.ts";

const LONGEST_NAME_CHARS = 50;

export function stepConfig(step: StepInput): StepConfig {
  if (step.shell !== undefined) {
    return shellStep(isCommand(step.shell) ? v.parse(shellSchema, { command: step.shell }) : step.shell);
  }
  if (step.upload !== undefined) {
    const { artifact, directory, maxSize, ...rest } = step.upload;
    const converted = { isArtifact: artifact, isDirectory: directory, maxSizeBytes: bytesOf(maxSize) };
    return { type: "upload", ...rest, ...converted, name: nameOf(rest, `upload ${rest.from}`) };
  }
  if (step.download !== undefined) {
    const { mode, ...rest } = step.download;
    const octal = mode === undefined ? undefined : Number.parseInt(mode, 8);
    return { type: "download", ...rest, mode: octal, name: nameOf(rest, `download ${rest.from}`) };
  }
  if (step.git !== undefined) {
    const { shallow, retries, retryDelay, timeout, ...rest } = step.git;
    return {
      type: "git",
      branch: undefined,
      token: undefined,
      ...rest,
      depth: shallow,
      retry: { delaySeconds: secondsOf(retryDelay), repeats: retries },
      timeout: secondsOrNull(timeout),
      name: nameOf(rest, `git ${rest.repository}`),
    };
  }
  if (step.trigger !== undefined) {
    const { properties, ...rest } = step.trigger;
    const name = nameOf(rest, `trigger ${rest.schedulers.join(", ")}`);
    return { type: "trigger", ...rest, properties: new Map(Object.entries(properties)), name };
  }
  if (step.cpdir !== undefined) {
    return { type: "cpdir", ...step.cpdir, name: nameOf(step.cpdir, `cpdir ${step.cpdir.from}`) };
  }
  for (const type of ["mkdir", "rmdir", "rmfile"] as const) {
    const given = step[type];
    if (given === undefined) continue;
    const rest = typeof given === "string" ? v.parse(directorySchema, { path: given }) : given;
    return { type, ...rest, name: nameOf(rest, `${type} ${rest.path}`) };
  }
  throw new TypeError("a validated step has no kind");
}

export function environmentMap(env: Readonly<Record<string, string | null>>): ReadonlyMap<string, string | null> {
  return new Map(Object.entries(env));
}

type Command = ShellInput["command"];

function isCommand(shell: Command | ShellInput): shell is Command {
  return typeof shell === "string" || Array.isArray(shell);
}

function shellStep({
  env,
  timeout,
  maxTime,
  sigtermTime,
  maxLines,
  logfiles,
  decodeRC,
  ...rest
}: ShellInput): ShellStep {
  const { command } = rest;
  return {
    type: "shell",
    ...rest,
    initialStdin: rest.initialStdin ?? null,
    env: environmentMap(env),
    timeout: secondsOrNull(timeout),
    maxTime: secondsOrNull(maxTime),
    sigtermTime: secondsOrNull(sigtermTime),
    maxLines: maxLines === 0 ? null : maxLines,
    logfiles: new Map(
      Object.entries(logfiles).map(([name, file]) => [
        name,
        typeof file === "string" ? { filename: file, follow: false } : file,
      ]),
    ),
    decodeRC: new Map(Object.entries(decodeRC).map(([rc, result]) => [Number(rc), result])),
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
