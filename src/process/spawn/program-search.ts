// Why a program cannot be run: looks for it where the system does, and for what it may have been meant to be.
import { constants } from "node:fs";
import { access, type FileHandle, open, opendir, stat } from "node:fs/promises";
import { basename, delimiter, dirname, join, resolve } from "node:path";
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

/** Where the system looks when there is no PATH. */
const DEFAULT_PATH = "/bin:/usr/bin";

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
  if (wanted.program === "") return undefined;
  const places = placesOf(wanted);
  let trouble: ProgramTrouble | undefined;
  for (const path of places) {
    const found = await troubleOf(path);
    if (found === "none") return undefined;
    // The first that is there is the one that was meant, though the system looks on.
    if (found !== "missing") trouble ??= found;
  }
  return trouble ?? missing(wanted, places);
}

function placesOf({ program, cwd, env }: Wanted): readonly string[] {
  if (program.includes("/")) return [resolve(cwd, program)];
  return searchPath({ cwd, env }).map((directory) => join(directory, program));
}

/** An empty part of a PATH is the directory in which a program runs. */
function searchPath({ cwd, env }: Pick<Wanted, "cwd" | "env">): readonly string[] {
  const parts = (env["PATH"] ?? DEFAULT_PATH).split(delimiter).slice(0, DIRECTORIES_LIMIT);
  return [...new Set(parts.map((part) => resolve(cwd, part)))];
}

async function troubleOf(path: string): Promise<ProgramTrouble | "missing" | "none"> {
  const stats = await stat(path).catch(() => undefined); // also for one in a directory that is not ours to look into
  if (stats === undefined) return "missing";
  if (stats.isDirectory()) return { type: "directory", path };
  if (!(await isExecutable(path))) return { type: "not-executable", path, mode: stats.mode & 0o7777 };
  const start = await firstBytes(path);
  const firstLine = start.split("\n", 1)[0] ?? "";
  const interpreter = /^#![ \t]*([^ \t]+)/.exec(firstLine)?.[1];
  if (interpreter !== undefined) {
    if (await exists(interpreter)) return "none";
    // With an argument behind it, it is that one which gets the carriage return.
    if (!interpreter.endsWith("\r")) return { type: "interpreter-missing", path, interpreter };
    return { type: "carriage-return", path, interpreter: interpreter.slice(0, -1) };
  }
  const loader = start.startsWith("\x7fELF") ? LOADER.exec(start)?.[1] : undefined;
  return loader === undefined || (await exists(loader)) ? "none" : { type: "loader-missing", path, loader };
}

async function missing(wanted: Wanted, places: readonly string[]): Promise<ProgramTrouble> {
  const { program, cwd, env } = wanted;
  if (program.includes("/")) {
    const directory = dirname(places[0] ?? "");
    const names = await namesIn(directory, NAMES_LIMIT);
    if (names === undefined) return { type: "directory-missing", directory };
    return withNear([directory], basename(program), names);
  }
  for (const directory of [cwd, ...usualDirectories(env)]) {
    const path = join(directory, program);
    if (await isProgram(path)) return { type: "missing", elsewhere: path };
  }
  const directories = searchPath(wanted);
  const names: string[] = [];
  for (const directory of directories) {
    for (const name of (await namesIn(directory, NAMES_LIMIT - names.length)) ?? []) names.push(name);
  }
  return withNear(directories, program, names);
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
  return stats?.isFile() === true && (await isExecutable(path));
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
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

/** Empty when it is not ours to read. */
async function firstBytes(path: string): Promise<string> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(START_LIMIT_BYTES), 0, START_LIMIT_BYTES, 0);
    return buffer.toString("latin1", 0, bytesRead);
  } catch {
    return "";
  } finally {
    await file?.close();
  }
}
