// Converts steps of a validated YAML file to the master's. Pure.
import * as v from "valibot";
import type { GitStep, ShellStep, StepCommon, StepConfig } from "../master-config.ts";
import { directorySchema, type ShellInput, type StepInput, shellSchema } from "./step-schema.ts";
import { bytesOf, secondsOf } from "./units.ts";

const LONGEST_NAME_CHARS = 50;

export function stepConfig(step: StepInput): StepConfig {
  if (step.shell !== undefined) {
    return shellStep(isCommand(step.shell) ? v.parse(shellSchema, { command: step.shell }) : step.shell);
  }
  if (step.upload !== undefined) {
    const { from, to, artifact, directory, workdir, maxSize, keepStamp, ...rest } = step.upload;
    const maxSizeBytes = bytesOf(maxSize);
    const common = commonOf(rest, `upload ${from}`);
    const paths = { from, to, isArtifact: artifact, isDirectory: directory, workdir };
    return { type: "upload", ...paths, maxSizeBytes, keepStamp, ...common };
  }
  if (step.download !== undefined) {
    const { from, to, workdir, mode, ...rest } = step.download;
    const octal = mode === undefined ? undefined : Number.parseInt(mode, 8);
    return { type: "download", from, to, workdir, mode: octal, ...commonOf(rest, `download ${from}`) };
  }
  if (step.git !== undefined) return gitStep(step.git);
  if (step.trigger !== undefined) {
    const { schedulers, waitForFinish, properties, ...rest } = step.trigger;
    const common = commonOf(rest, `trigger ${schedulers.join(", ")}`);
    return { type: "trigger", schedulers, waitForFinish, properties: new Map(Object.entries(properties)), ...common };
  }
  if (step.cpdir !== undefined) {
    const { from, to, ...rest } = step.cpdir;
    return { type: "cpdir", from, to, ...commonOf(rest, `cpdir ${from}`) };
  }
  for (const type of ["mkdir", "rmdir", "rmfile"] as const) {
    const given = step[type];
    if (given === undefined) continue;
    const { path, ...rest } = typeof given === "string" ? v.parse(directorySchema, { path: given }) : given;
    return { type, path, ...commonOf(rest, `${type} ${path}`) };
  }
  throw new TypeError("a validated step has no kind");
}

export function environmentMap(env: Readonly<Record<string, string | null>>): ReadonlyMap<string, string | null> {
  return new Map(Object.entries(env));
}

function gitStep(given: NonNullable<StepInput["git"]>): GitStep {
  const { repository, branch, workdir, mode, method, submodules, shallow, retries, ...further } = given;
  const { retryDelay, clobberOnFailure, timeout, token, ...rest } = further;
  return {
    type: "git",
    repository,
    branch,
    workdir,
    mode,
    method,
    submodules,
    depth: shallow,
    retry: { delaySeconds: secondsOf(retryDelay), repeats: retries },
    clobberOnFailure,
    timeout: secondsOrNull(timeout),
    token,
    ...commonOf(rest, `git ${repository}`),
  };
}

type Command = ShellInput["command"];

function isCommand(shell: Command | ShellInput): shell is Command {
  return typeof shell === "string" || Array.isArray(shell);
}

function shellStep(given: ShellInput): ShellStep {
  const { command, workdir, env, timeout, maxTime, sigtermTime, maxLines, usePTY, ...further } = given;
  const { logfiles, initialStdin, decodeRC, ...rest } = further;
  return {
    type: "shell",
    command,
    workdir,
    env: environmentMap(env),
    timeout: secondsOrNull(timeout),
    maxTime: secondsOrNull(maxTime),
    sigtermTime: secondsOrNull(sigtermTime),
    maxLines: maxLines === 0 ? null : maxLines,
    usePTY,
    logfiles: new Map(
      Object.entries(logfiles).map(([name, file]) => [
        name,
        typeof file === "string" ? { filename: file, follow: false } : file,
      ]),
    ),
    initialStdin: initialStdin ?? null,
    decodeRC: new Map(Object.entries(decodeRC).map(([rc, result]) => [Number(rc), result])),
    ...commonOf(rest, typeof command === "string" ? command : command.join(" ")),
  };
}

function secondsOrNull(duration: string | number): number | null {
  const seconds = secondsOf(duration);
  return seconds === 0 ? null : seconds;
}

type CommonInput = Omit<StepCommon, "name"> & { readonly name?: string | undefined };

function commonOf({ name, ...flags }: CommonInput, what: string): StepCommon {
  return { name: name ?? shortName(what), ...flags };
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
