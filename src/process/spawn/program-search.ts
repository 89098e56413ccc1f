// Why a program cannot be run: looks for it where the system does, and for what it may have been meant to be.
import { constants } from "node:fs";
import { access, opendir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { readStart } from "../tree/index.ts";
import { interpreterIn, placesOf } from "./exec-lookup.ts";
import { nearestName } from "./near-program.ts";

export interface Wanted {
  /** As it was to be started: a name to look for, or a path with a slash. */
  readonly program: string;
  /** Where it was to run; relative paths are relative to it. */
  readonly cwd: string;
  /** With the PATH in which it is looked for. */
  readonly env: Readonly<Record<string, string>>;
}

/** What is the matter with it; paths are absolute. */
export type ProgramTrouble =
  /** There is none. `elsewhere`: where there is one. `near`: another name that is there. */
  | { readonly type: "missing"; readonly elsewhere?: string; readonly near?: string }
  | { readonly type: "directory-missing"; readonly directory: string }
  | { readonly type: "directory"; readonly path: string }
  | { readonly type: "not-executable"; readonly path: string; readonly mode: number }
  /** It is a script, and the system does not find the program that its first line names. */
  | { readonly type: "interpreter-missing"; readonly path: string; readonly interpreter: string }
  /** The same, since the line ends with a carriage return, which the system takes for a part of the name. */
  | { readonly type: "carriage-return"; readonly path: string; readonly interpreter: string }
  /** It is a binary for a dynamic loader that is not there. */
  | { readonly type: "loader-missing"; readonly path: string; readonly loader: string };

/** Where programs often are, below a home directory too, though a PATH leaves them out. */
const USUAL_DIRECTORIES = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin", "/snap/bin"];
const USUAL_HOME_DIRECTORIES = [".local/bin", "bin", ".cargo/bin", "go/bin"];

/** How many directories of a PATH, and names in all of them, are compared. */
const DIRECTORIES_LIMIT = 100;
const NAMES_LIMIT = 20_000;
const NAMES_READ_AT_ONCE = 1000;

/** How much of a program is read: no system looks further for an interpreter, and linkers put the loader's name here. */
const START_LIMIT_BYTES = 4096;

/** The name of a dynamic loader in a binary, such as /lib64/ld-linux-x86-64.so.2 or /lib/ld-musl-x86_64.so.1. */
const LOADER = /\0(\/[ -~]*\/ld[ -.0-~]*)\0/;

/** What is the matter; undefined when nothing seems to be. Looks at one thing after the other. */
export async function findTrouble(wanted: Wanted): Promise<ProgramTrouble | undefined> {
  const { program, cwd, env } = wanted;
  if (program === "") return undefined;
  const listed = placesOf(program, cwd, env["PATH"]).slice(0, DIRECTORIES_LIMIT);
  const places = [...new Set(listed.map((place) => resolve(place)))];
  let trouble: ProgramTrouble | undefined;
  for (const path of places) {
    const found = await troubleOf(path);
    if (found === "none") return undefined;
    // The first that is there is the one that was meant, though the system looks on.
    if (found !== "missing") trouble ??= found;
  }
  return trouble ?? missing(wanted, places);
}

async function troubleOf(path: string): Promise<ProgramTrouble | "missing" | "none"> {
  const stats = await stat(path).catch(() => undefined); // also for one in a directory that is not ours to look into
  if (stats === undefined) return "missing";
  if (stats.isDirectory()) return { type: "directory", path };
  if (!(await isUsable(path, constants.X_OK))) return { type: "not-executable", path, mode: stats.mode & 0o7777 };
  const start = (await readStart(path, START_LIMIT_BYTES))?.toString("latin1") ?? ""; // it may not be ours to read
  const interpreter = interpreterIn(start);
  if (interpreter !== undefined) {
    if (await isUsable(interpreter)) return "none";
    // With an argument behind it, it is that one which gets the carriage return.
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

/** Only what can be run is worth a mention. */
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
  const stats = await stat(path).catch(() => undefined); // not there, or not for us
  return stats?.isFile() === true && (await isUsable(path, constants.X_OK));
}

/** Whether we may use it so, by default: whether it is there. */
function isUsable(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

/** The first `limit` of them. Undefined when there is no such directory, or it is not ours to read. */
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
