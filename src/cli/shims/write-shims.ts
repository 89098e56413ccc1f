// buildhand shims: writes scripts named after Buildbot's programs that run this installation.
import { existsSync, mkdirSync, realpathSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { baseErrors } from "../../base/errors.ts";
import { quotedForShell } from "../../base/posix-quoting.ts";
import { systemReason } from "../../base/system-error.ts";
import { writeWholeFile } from "../../base/whole-file.ts";
import { readRegularFile } from "../../config/index.ts";
import { cliErrors } from "../errors.ts";
import type { ParsedOptions } from "../option-parser.ts";

/** The words before the arguments, by name of the program. */
const PROGRAMS = { "buildbot-worker": [], twistd: ["twistd"] } as const;

const MARK = "# Written by `buildhand shims`, which replaces it when it is called again.";
/** Reasons that mean the file does not exist. */
const ABSENT = ["No such file or directory", "Not a directory"];
const LARGEST_SHIM_BYTES = 64 * 1024;
const EXECUTABLE = 0o755;

/** Resolves to the exit code. Throws usage errors, before it writes anything if one of the files must not be replaced. */
export function shims(options: ParsedOptions): number {
  const [given, ...more] = options.rest;
  if (given === undefined || more.length > 0) throw baseErrors.usage("expected one directory");
  const directory = resolve(given);
  // The file itself: a link to it may be one of the files to replace.
  const program = realpathSync(process.argv[1] ?? "");
  const called = [absolute(options, "node", process.execPath), absolute(options, "program", program)];
  const files = Object.entries(PROGRAMS).map(([name, words]) => {
    const line = `exec ${quotedForShell([...called, ...words])} "$@"`;
    return { path: join(directory, name), text: `#!/bin/sh\n${MARK}\n${line}\n` };
  });
  if (!options.flags.has("force")) for (const { path } of files) refuseForeign(path);
  for (const { path, text } of files) write(directory, path, text);
  console.log(files.map(({ path }) => path).join("\n"));
  return 0;
}

function absolute({ values }: ParsedOptions, name: string, own: string): string {
  const path = values.get(name) ?? own;
  if (!isAbsolute(path)) throw baseErrors.usage(`--${name} needs an absolute path, got '${path}'`);
  return path;
}

function refuseForeign(path: string): void {
  const reading = readRegularFile(path, LARGEST_SHIM_BYTES);
  const isOurs = reading.ok ? reading.text.includes(MARK) : ABSENT.includes(reading.reason);
  if (!isOurs) throw cliErrors.shims(path, "exists and was not written by this command; use --force to replace it");
}

function write(directory: string, path: string, text: string): void {
  try {
    if (!existsSync(directory)) mkdirSync(directory);
    writeWholeFile(path, text, { mode: EXECUTABLE });
  } catch (error) {
    throw cliErrors.shims.from(error, path, `cannot be written: ${systemReason(error)}`);
  }
}
