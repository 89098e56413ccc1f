// Looks up, in bytes, the program that a shell will execute, as execvp(3) would, so that errors are known before the
// shell reports them in its own words.
import { accessSync, closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { type SystemText, systemPath } from "../../base/encoding/system-text.ts";
import { errorCode } from "../../base/error-code.ts";

/** A program to be started. */
export interface Launch {
  /** The program, looked up in the PATH of `env`, and its arguments. */
  readonly argv: readonly SystemText[];
  /** On Windows, the batch file that is executed instead, unless the program is started directly. */
  readonly batch?: Buffer | undefined;
  readonly cwd: SystemText;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<SystemText, SystemText>>;
}

/** Used when there is no PATH. */
const DEFAULT_PATH = "/bin:/usr/bin";

/** No system reads further for the interpreter of a script. */
export const FIRST_LINE_BYTES = 256;

/**
 * Throws the error that the system would return for the program, with the code that Node uses. Blocks on file systems:
 * check before that they respond, see program-reach.ts.
 */
export function findProgram({ argv, cwd, env }: Launch): void {
  const [program = ""] = argv;
  const texts = [...argv, cwd, ...Object.keys(env), ...Object.values(env)];
  if (program === "" || texts.some((text) => text.includes("\0"))) throw nulByteError();
  const refusal = directoryRefusal(cwd) ?? programRefusal(placesOf(program, cwd, env["PATH"]));
  if (refusal !== undefined) throw Object.assign(new Error(`spawn ${refusal}`), { code: refusal });
}

/** Where the system looks for the program, in order. */
export function placesOf(program: SystemText, cwd: SystemText, path = DEFAULT_PATH): readonly SystemText[] {
  const directories = program.includes("/") ? [""] : path.split(":");
  return directories.map((directory) => {
    const place = directory === "" ? program : `${directory}/${program}`;
    return place.startsWith("/") ? place : `${cwd}/${place}`;
  });
}

/** The error of Node's `spawn`; others would truncate the text. */
export function nulByteError(): Error {
  return Object.assign(new Error("a NUL byte"), { code: "ERR_INVALID_ARG_VALUE" });
}

function directoryRefusal(cwd: SystemText): string | undefined {
  try {
    return statSync(systemPath(cwd)).isDirectory() ? undefined : "ENOTDIR";
  } catch (error) {
    return errorCode(error);
  }
}

/** Undefined if one can be executed; otherwise EACCES takes precedence over ENOENT. */
function programRefusal(places: readonly SystemText[]): string | undefined {
  let refusal = "ENOENT";
  for (const place of places) {
    const code = refusalOf(place);
    if (code === undefined) return undefined;
    if (code === "EACCES") refusal = code;
  }
  return refusal;
}

function refusalOf(place: SystemText): string | undefined {
  try {
    const path = systemPath(place);
    if (!statSync(path).isFile()) return "EACCES";
    accessSync(path, constants.X_OK);
    const interpreter = interpreterOf(place);
    if (interpreter !== undefined) statSync(interpreter);
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
}

/** The interpreter of a script; undefined if it is not a script, or not readable. */
function interpreterOf(place: SystemText): Buffer | undefined {
  let file: number | undefined;
  try {
    file = openSync(systemPath(place), constants.O_RDONLY | constants.O_NONBLOCK);
    const start = Buffer.alloc(FIRST_LINE_BYTES);
    return absoluteInterpreterIn(start.subarray(0, readSync(file, start)));
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The interpreter in the first line of a script, in Latin-1 like `start`; undefined if there is none. */
export function interpreterIn(start: string): string | undefined {
  return /^#![ \t]*([^ \t\n]+)/.exec(start)?.[1];
}

/** The same as bytes. Undefined for a relative path, which depends on the working directory. */
export function absoluteInterpreterIn(start: Buffer): Buffer | undefined {
  const interpreter = interpreterIn(start.toString("latin1"));
  return interpreter?.startsWith("/") ? Buffer.from(interpreter, "latin1") : undefined;
}
