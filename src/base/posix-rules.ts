// The rules of POSIX systems, whose form those of other systems share.
import { constants } from "node:os";
import { posix } from "node:path";
import { belowHome, joinPosixPath } from "./posix-path.ts";
import { quotedForShell } from "./posix-quoting.ts";

/** What differs between operating systems in names, paths, variables, quoting and error numbers. */
export type SystemRules = Readonly<typeof posixRules>;

interface TreeWork {
  /** Removes a file, a link, or a directory with its content; a missing one is no error. Rejects with the system's error. */
  readonly remove: (path: string) => Promise<void>;
  /** Copies a directory to a new place. Rejects with the system's error, EEXIST if the target exists. */
  readonly copy: (from: string, to: string) => Promise<void>;
}

export const posixRules = {
  /** Python's `os.name`. */
  name: "posix" as "posix" | "nt",
  /** Python's `os.sep`, `os.pathsep` and `os.linesep`. */
  separator: "/",
  listSeparator: ":",
  lineEnd: "\n",
  /** Joins paths as Python's `os.path.join`, without normalising them; an absolute part discards the parts before it. */
  joinPath: joinPosixPath,
  /** The home directory with the rest of a path after `~`, which is empty or begins with a separator. */
  belowHome,
  isAbsolute: (path: string): boolean => path.startsWith("/"),
  /** As Python's `os.path.normpath`. */
  normalizePath: (path: string): string => posix.normalize(path).replace(/(?<=.)\/$/s, ""),
  /** Index of the first separator at or after `from`, or of the last one before `before`; -1 if there is none. */
  firstSeparator: (path: string, from?: number): number => path.indexOf("/", from),
  lastSeparator: (path: string, before = path.length): number => (before <= 0 ? -1 : path.lastIndexOf("/", before - 1)),
  /** Without the separators at the end, unless they are the root. */
  withoutEnd: (path: string): string => path.replace(/(?<=[^/])\/+$/, ""),
  /** The names in a path, without empty ones and `.`; a drive is the first. */
  pathNames: (path: string): readonly string[] => path.split("/").filter((name) => name !== "" && name !== "."),
  /** Equal for two names if they name the same file. */
  sameName: (name: string): string => name,
  /** The form in which a variable's name is looked up and passed on. */
  variableName: (name: string): string => name,
  /** The variable with the home directory. */
  homeVariable: "HOME",
  /** A command line from which the words can be read, for people. */
  quotedCommand: quotedForShell,
  /** The words that run a command given as text. */
  shellWords: (text: string): readonly string[] => ["/bin/sh", "-c", text],
  /** The content of the batch file that runs a command, a text or words; undefined if it is started directly. */
  batchFile: (_command: string | readonly string[]): string | undefined => undefined,
  /** Programs get their arguments as text, not as bytes of an encoding. */
  takesText: false as boolean,
  /** The rc of a program that was killed and exited with 0. */
  killedCode: -1,
  /** Removes and copies directories in this process; undefined where programs of the system do it. */
  treeWork: undefined as TreeWork | undefined,
  /** Python's name of an error for libuv's. */
  errorName: (code: string): string => code,
  /** The number of a named error in C; undefined if unknown. */
  errorNumber: (name: string): number | undefined => (constants.errno as Readonly<Record<string, number>>)[name],
  /** Python's codec for a name that stands for another one on this system, such as `mbcs`. */
  codecName: (name: string): string => name,
  /** Encoding of file names, if it does not depend on the locale. */
  fileEncoding: undefined as "utf-8" | undefined,
};
