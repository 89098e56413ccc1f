// Looks, in bytes, for the program that a shell is to become, as the system's execvp would: what cannot be started is
// to be known before the shell is, whose words for it nobody expects.
import { accessSync, closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { type SystemText, systemPath } from "../../base/encoding/system-text.ts";
import { errorCode } from "../../base/error-code.ts";

/** A program as the system is to start it. */
export interface Launch {
  /** The program, looked up in the PATH of `env`, and its arguments. */
  readonly argv: readonly SystemText[];
  readonly cwd: SystemText;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<SystemText, SystemText>>;
}

/** Where the system looks when there is no PATH. */
const DEFAULT_PATH = "/bin:/usr/bin";

/** No system looks further for the program that the first line of a script names. */
export const FIRST_LINE_BYTES = 256;

/**
 * Throws the error with which the system would refuse the program, which has the code of Node's. Waits for file systems:
 * whether they answer is to be known before, see program-reach.ts.
 */
export function findProgram({ argv, cwd, env }: Launch): void {
  const [program = ""] = argv;
  const texts = [...argv, cwd, ...Object.keys(env), ...Object.values(env)];
  if (program === "" || texts.some((text) => text.includes("\0"))) throw nulByteError();
  const refusal = directoryRefusal(cwd) ?? programRefusal(placesOf(program, cwd, env["PATH"]));
  if (refusal !== undefined) throw Object.assign(new Error(`spawn ${refusal}`), { code: refusal });
}

/** Where the system looks for the program, in its order. */
export function placesOf(program: SystemText, cwd: SystemText, path = DEFAULT_PATH): readonly SystemText[] {
  const directories = program.includes("/") ? [""] : path.split(":");
  return directories.map((directory) => {
    const place = directory === "" ? program : `${directory}/${program}`;
    return place.startsWith("/") ? place : `${cwd}/${place}`;
  });
}

/** What Node's `spawn` throws; others would take the text and cut it short. */
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

/** The first that can be run is run; otherwise one that may not be is told rather than one that is not there. */
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

/** The program that a script is for; undefined for what is none, or is not ours to read. */
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

/** The program that the first line of a script names, in Latin-1 as `start`; undefined when that begins otherwise. */
export function interpreterIn(start: string): string | undefined {
  return /^#![ \t]*([^ \t\n]+)/.exec(start)?.[1];
}

/** The same as bytes. A relative path is left out: it depends on where the script is run. */
export function absoluteInterpreterIn(start: Buffer): Buffer | undefined {
  const interpreter = interpreterIn(start.toString("latin1"));
  return interpreter?.startsWith("/") ? Buffer.from(interpreter, "latin1") : undefined;
}
