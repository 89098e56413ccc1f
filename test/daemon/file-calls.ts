// Reads what `strace -ff -y` wrote about a program: which of its processes are the program's own, and what those changed
// in the file system. Only calls that are known to change nothing are left out, so an unknown one shows up.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** Stops a program at traced calls alone, and writes a file of calls for each process. */
export const STRACE = ["strace", "--seccomp-bpf", "-ff", "-y", "-qq", "-s", "4096", "-o"];

/** The calls to be traced. */
export const TRACED = "trace=%file,%process,fchmod,fchown,ftruncate,io_uring_setup";

const READING = names(
  "access faccessat faccessat2 stat lstat statx newfstatat statfs readlink readlinkat",
  "getcwd chdir fchdir execve execveat getxattr lgetxattr listxattr inotify_add_watch",
);
const ABOUT_PROCESSES = names(
  "clone clone3 fork vfork exit exit_group wait4 waitid kill tkill tgkill",
  "rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_send_signal",
);
const OPENING = names("open openat openat2");
/** What makes an open more than reading. */
const WRITING_FLAGS = /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE/;

interface Call {
  readonly name: string;
  readonly args: string;
  readonly result: string;
}

export interface FileChange {
  /** The call as strace shows it. */
  readonly call: string;
  /** Absolute paths, as they were given; none for what names no file. */
  readonly paths: readonly string[];
  /** It opened a pipe. */
  readonly ofPipe: boolean;
  /** By the program itself, a thread of it, or what `isOwn` says. */
  readonly own: boolean;
}

export interface Trace {
  /** All that were made or tried. */
  readonly changes: readonly FileChange[];
  /** What was executed, by the arguments of execve. */
  readonly programs: readonly { readonly argv: string; readonly own: boolean }[];
}

/**
 * Reads the files of one run. `prefix` is what -o was given, in `directory`; `cwd` is where the program was
 * started; `isOwn` tells of the arguments of an execve whether that program counts as ours too.
 */
export function readTrace(
  directory: string,
  { prefix, cwd, isOwn }: { prefix: string; cwd: string; isOwn: (argv: string) => boolean },
): Trace {
  const calls = new Map<number, Call[]>();
  for (const name of readdirSync(directory).filter((file) => file.startsWith(`${prefix}.`))) {
    calls.set(Number(name.slice(prefix.length + 1)), readCalls(readFileSync(join(directory, name), "utf8")));
  }
  const changes: FileChange[] = [];
  const programs: { argv: string; own: boolean }[] = [];
  const follow = (pid: number, inherited: { own: boolean; cwd: string }) => {
    let state = inherited;
    for (const call of calls.get(pid) ?? []) {
      if (call.name === "execve") {
        state = { ...state, own: state.own && isOwn(call.args) };
        programs.push({ argv: call.args, own: state.own });
      }
      if (call.name === "chdir") state = { ...state, cwd: resolve(state.cwd, pathsIn(call.args, state.cwd)[0] ?? "") };
      if (isFork(call)) follow(childOf(call), state);
      if (!isChange(call)) continue;
      const paths = pathsIn(call.args, state.cwd);
      const ofPipe = OPENING.has(call.name) && /^\d+<pipe:/.test(call.result);
      changes.push({ call: `${call.name}(${call.args}) = ${call.result}`, paths, ofPipe, own: state.own });
    }
  };
  const children = new Set([...calls.values()].flat().filter(isFork).map(childOf));
  for (const pid of calls.keys()) if (!children.has(pid)) follow(pid, { own: true, cwd });
  return { changes, programs };
}

function isFork({ name }: Call): boolean {
  return /^(clone3?|v?fork)$/.test(name);
}

function childOf({ result }: Call): number {
  return Number.parseInt(result, 10);
}

function readCalls(text: string): Call[] {
  return [...text.matchAll(/^(\w+)\((.*)\) += (.*)$/gm)].map(([, name = "", args = "", result = ""]) => ({
    name,
    args,
    result,
  }));
}

function isChange({ name, args }: Call): boolean {
  if (READING.has(name) || ABOUT_PROCESSES.has(name)) return false;
  return !OPENING.has(name) || WRITING_FLAGS.test(args);
}

/** The files that arguments name: `"path"`, a directory and a path in it (`5</dir>, "path"`), or a descriptor alone. */
function pathsIn(args: string, cwd: string): string[] {
  const named = args.matchAll(/(?:\w+<([^>]*)>(?:, )?)?("(?:[^"\\]|\\.)*")?/g);
  return [...named].flatMap(([, base, quoted]) => {
    if (base === undefined && quoted === undefined) return [];
    return [resolve(cwd, base ?? "", quoted === undefined ? "" : unquoted(quoted))];
  });
}

function unquoted(text: string): string {
  return text.slice(1, -1).replaceAll(/\\(.)/g, "$1");
}

function names(...lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.join(" ").split(" "));
}
