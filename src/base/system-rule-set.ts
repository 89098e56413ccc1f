// What differs between operating systems in names, paths, variables, quoting and error numbers. Types only.

export interface SystemRules {
  /** Python's `os.name`. */
  readonly name: "posix" | "nt";
  /** Python's `os.sep`, `os.pathsep` and `os.linesep`. */
  readonly separator: string;
  readonly listSeparator: string;
  readonly lineEnd: string;
  /** Joins paths as Python's `os.path.join`, without normalising them; an absolute part discards the parts before it. */
  readonly joinPath: (...parts: readonly string[]) => string;
  /** The home directory with the rest of a path after `~`, which is empty or begins with a separator. */
  readonly belowHome: (home: string, rest: string) => string;
  readonly isAbsolute: (path: string) => boolean;
  /** As Python's `os.path.normpath`. */
  readonly normalizePath: (path: string) => string;
  /** Index of the first separator at or after `from`, or of the last one before `before`; -1 if there is none. */
  readonly firstSeparator: (path: string, from?: number) => number;
  readonly lastSeparator: (path: string, before?: number) => number;
  /** Without the separators at the end, unless they are the root. */
  readonly withoutEnd: (path: string) => string;
  /** The names in a path, without empty ones and `.`; a drive is the first. */
  readonly pathNames: (path: string) => readonly string[];
  /** Equal for two names if they name the same file. */
  readonly sameName: (name: string) => string;
  /** The form in which a variable's name is looked up and passed on. */
  readonly variableName: (name: string) => string;
  /** The variable with the home directory. */
  readonly homeVariable: string;
  /** A command line from which the words can be read, for people. */
  readonly quotedCommand: (words: readonly string[]) => string;
  /** The words that run a command given as text. */
  readonly shellWords: (text: string) => readonly string[];
  /** The content of the batch file that runs a command, a text or words; undefined if it is started directly. */
  readonly batchFile: (command: string | readonly string[]) => string | undefined;
  /** Programs get their arguments as text, not as bytes of an encoding. */
  readonly takesText: boolean;
  /** The rc of a program that was killed and exited with 0. */
  readonly killedCode: number;
  /** Removes and copies directories in this process; undefined where programs of the system do it. */
  readonly treeWork: TreeWork | undefined;
  /** Python's name of an error for libuv's. */
  readonly errorName: (code: string) => string;
  /** The number of a named error in C; undefined if unknown. */
  readonly errorNumber: (name: string) => number | undefined;
  /** Python's codec for a name that stands for another one on this system, such as `mbcs`. */
  readonly codecName: (name: string) => string;
  /** Encoding of file names, if it does not depend on the locale. */
  readonly fileEncoding: "utf-8" | undefined;
}

export interface TreeWork {
  /** Removes a file, a link, or a directory with its content; a missing one is no error. Rejects with the system's error. */
  readonly remove: (path: string) => Promise<void>;
  /** Copies a directory to a new place. Rejects with the system's error, EEXIST if the target exists. */
  readonly copy: (from: string, to: string) => Promise<void>;
}
