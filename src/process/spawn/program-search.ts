// Finds out why a program cannot be run: looks where the system does, and for programs that may have been meant.
import { constants } from "node:fs";
import { access, opendir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { readStart } from "../tree/index.ts";
import { interpreterIn, placesOf } from "./exec-lookup.ts";
import { nearestName } from "./near-program.ts";

export interface Wanted {
  /** A name to look up, or a path with a slash. */
  readonly program: string;
  /** Working directory; relative paths are relative to it. */
  readonly cwd: string;
  /** Its PATH is searched. */
  readonly env: Readonly<Record<string, string>>;
}

/** Why it cannot be run; paths are absolute. */
export type ProgramTrouble =
  /** It does not exist. `elsewhere`: a path outside PATH where it exists. `near`: a similar name that exists. */
  | { readonly type: "missing"; readonly elsewhere?: string; readonly near?: string }
  | { readonly type: "directory-missing"; readonly directory: string }
  | { readonly type: "directory"; readonly path: string }
  | { readonly type: "not-executable"; readonly path: string; readonly mode: number }
  /** It is a script whose interpreter does not exist. */
  | { readonly type: "interpreter-missing"; readonly path: string; readonly interpreter: string }
  /** The same, because the first line ends with a carriage return, which becomes part of the name. */
  | { readonly type: "carriage-return"; readonly path: string; readonly interpreter: string }
  /** It is a binary whose dynamic loader does not exist. */
  | { readonly type: "loader-missing"; readonly path: string; readonly loader: string };

/** Common directories that may be missing in PATH, also below the home directory. */
const USUAL_DIRECTORIES = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin", "/snap/bin"];
const USUAL_HOME_DIRECTORIES = [".local/bin", "bin", ".cargo/bin", "go/bin"];

/** Directories of a PATH, and names in all of them, that are compared. */
const DIRECTORIES_LIMIT = 100;
const NAMES_LIMIT = 20_000;
const NAMES_READ_AT_ONCE = 1000;

/**
 * Bytes of a program that are read: no system reads further for an interpreter, and linkers put the loader's name here.
 */
const START_LIMIT_BYTES = 4096;

/** The name of a dynamic loader in a binary, such as /lib64/ld-linux-x86-64.so.2 or /lib/ld-musl-x86_64.so.1. */
const LOADER = /\0(\/[ -~]*\/ld[ -.0-~]*)\0/;

/** Undefined when no reason was found. Checks one thing at a time. */
export async function findTrouble(wanted: Wanted): Promise<ProgramTrouble | undefined> {
  const { program, cwd, env } = wanted;
  if (program === "") return undefined;
  const listed = placesOf(program, cwd, env["PATH"]).slice(0, DIRECTORIES_LIMIT);
  const places = [...new Set(listed.map((place) => resolve(place)))];
  let trouble: ProgramTrouble | undefined;
  for (const path of places) {
    const found = await troubleOf(path);
    if (found === "none") return undefined;
    // The first existing file is the one that was meant, although the system continues the search.
    if (found !== "missing") trouble ??= found;
  }
  return trouble ?? missing(wanted, places);
}

async function troubleOf(path: string): Promise<ProgramTrouble | "missing" | "none"> {
  const stats = await stat(path).catch(() => undefined); // missing, or in an inaccessible directory
  if (stats === undefined) return "missing";
  if (stats.isDirectory()) return { type: "directory", path };
  if (!(await isUsable(path, constants.X_OK))) return { type: "not-executable", path, mode: stats.mode & 0o7777 };
  const start = (await readStart(path, START_LIMIT_BYTES))?.toString("latin1") ?? ""; // it may be unreadable
  const interpreter = interpreterIn(start);
  if (interpreter !== undefined) {
    if (await isUsable(interpreter)) return "none";
    // If an argument follows, the carriage return belongs to that.
    if (!interpreter.endsWith("\r")) return { type: "interpreter-missing", path, interpreter };
    return { type: "carriage-return", path, interpreter: interpreter.slice(0, -1) };
  }
  const loader = start.startsWith("\x7fELF") ? LOADER.exec(start)?.[1] : undefined;
  return loader === undefined || (await isUsable(loader)) ? "none" : { type: "loader-missing", path, loader };
}

async function missing({ program, cwd, env }: Wanted, places: readonly string[]): Promise<ProgramTrouble> {
  const directories = places.map((place) => dirname(place));
  const isPath = program.includes("/");
  for (const directory of isPath ? [] : [cwd, ...usualDirectories(env)]) {
    const path = join(directory, program);
    if (await isProgram(path)) return { type: "missing", elsewhere: path };
  }
  const names: string[] = [];
  for (const directory of directories) {
    const more = await namesIn(directory, NAMES_LIMIT - names.length);
    if (more === undefined && isPath) return { type: "directory-missing", directory };
    for (const name of more ?? []) names.push(name);
  }
  return withNear(directories, basename(program), names);
}

/** Suggests only names that can be executed. */
async function withNear(
  directories: readonly string[],
  name: string,
  names: readonly string[],
): Promise<ProgramTrouble> {
  const near = await nearestName(name, names);
  if (near === undefined) return { type: "missing" };
  for (const directory of directories) {
    if (await isProgram(join(directory, near))) return { type: "missing", near };
  }
  return { type: "missing" };
}

function usualDirectories({ HOME: home }: Wanted["env"]): readonly string[] {
  return [...USUAL_DIRECTORIES, ...(home ? USUAL_HOME_DIRECTORIES.map((name) => join(home, name)) : [])];
}

async function isProgram(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined); // missing or inaccessible
  return stats?.isFile() === true && (await isUsable(path, constants.X_OK));
}

/** Whether we have that access; by default, whether it exists. */
function isUsable(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

/** The first `limit` names. Undefined when there is no such directory, or it is unreadable. */
async function namesIn(directory: string, limit: number): Promise<readonly string[] | undefined> {
  const names: string[] = [];
  try {
    for await (const { name } of await opendir(directory, { bufferSize: NAMES_READ_AT_ONCE })) {
      if (names.length >= limit) break;
      names.push(name);
    }
    return names;
  } catch {
    return undefined;
  }
}
