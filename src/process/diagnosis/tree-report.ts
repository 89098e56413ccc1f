// Reports the current state of the processes of a run, from /proc, to explain why a build hangs. Does not know what may
// be shown.
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { type ListedProcess, readProcessStat, readStart, readWithTimeout, TICKS_PER_SECOND } from "../tree/index.ts";

export interface ExaminedProcess extends Pick<ListedProcess, "pid" | "program" | "parent"> {
  /** In words, see proc_pid_stat(5). */
  readonly state: string;
  /** Sum of all threads. */
  readonly cpuSeconds: number;
  readonly threadCount: number;
  /** Kernel functions that it waits in, innermost first; none when it is running or they are not available. */
  readonly waitsIn: readonly string[];
  /** Its arguments with the program's name first, which may contain secrets; none if not available. */
  readonly argv: readonly string[];
  /** There are more arguments. */
  readonly isCut: boolean;
}

export interface ExaminedTree {
  /** In order of their start. */
  readonly processes: readonly ExaminedProcess[];
  /** Number of further processes. */
  readonly leftOutCount: number;
}

export interface ExamineOptions {
  readonly clock: Clock;
  /** Default: `/proc`. */
  readonly procDirectory?: string;
}

/** Time limit, after which some arguments may be missing. */
export const EXAMINE_LIMIT_MS = 2000;
export const EXAMINED_LIMIT = 200;
/** Bytes read of the arguments of one process; the kernel allows megabytes. */
export const ARGUMENTS_LIMIT_BYTES = 16 * 1024;
const STACK_LIMIT_BYTES = 4096;
/** Functions of a stack that are kept; outer ones are only the system call entry. */
const STACK_FRAMES = 4;

const STATES: Readonly<Record<string, string>> = {
  R: "running",
  S: "sleeping",
  D: "sleeping uninterruptibly",
  T: "stopped",
  t: "stopped by a debugger",
  I: "idle",
};

/** Functions of the system call entry, which do not say where a process waits. */
const ENTRY = /^(do_syscall|entry_|ret_from|el0|__x64_sys_|__arm64_sys_|syscall_)/;

/** Never rejects. Omits processes that ended meanwhile. */
export async function reportTree(processes: readonly ListedProcess[], options: ExamineOptions): Promise<ExaminedTree> {
  const { clock, procDirectory = "/proc" } = options;
  const oldest = processes.toSorted((a, b) => a.startTicks - b.startTicks || a.pid - b.pid).slice(0, EXAMINED_LIMIT);
  const examined = new Map<number, ExaminedProcess>();
  for (const one of oldest) {
    const found = readState(one, procDirectory);
    if (found !== undefined) examined.set(one.pid, found);
  }
  await readWithTimeout({ clock, limitMs: EXAMINE_LIMIT_MS }, async (isOver) => {
    const examine = async (pid: number, read: (directory: string) => Promise<Partial<ExaminedProcess>>) => {
      if (isOver()) return;
      const more = await read(join(procDirectory, String(pid)));
      const known = examined.get(pid);
      if (known !== undefined && !isOver()) examined.set(pid, { ...known, ...more });
    };
    for (const pid of examined.keys()) await examine(pid, readWait);
    // Reading the arguments of a process that hangs in the kernel may hang as well, so those come last.
    const pids = [...examined.values()].toSorted((a, b) => Number(isHanging(a)) - Number(isHanging(b)));
    for (const { pid } of pids) await examine(pid, readArguments);
  });
  return { processes: [...examined.values()], leftOutCount: processes.length - oldest.length };
}

function isHanging({ state }: ExaminedProcess): boolean {
  return state === STATES["D"];
}

function readState({ pid, program, parent }: ListedProcess, procDirectory: string): ExaminedProcess | undefined {
  const stat = readProcessStat(pid, procDirectory);
  if (stat === undefined || /^[ZX]/.test(stat.state)) return undefined; // it ended meanwhile
  return {
    pid,
    program,
    parent,
    state: STATES[stat.state] ?? stat.state,
    cpuSeconds: (stat.userTicks + stat.systemTicks) / TICKS_PER_SECOND,
    threadCount: stat.threadCount,
    waitsIn: [],
    argv: [],
    isCut: false,
  };
}

/** Only root can read the stack; without it there is the wait channel, which is a single function. */
async function readWait(directory: string): Promise<Pick<ExaminedProcess, "waitsIn">> {
  const stack = (await readStart(join(directory, "stack"), STACK_LIMIT_BYTES))?.toString("latin1") ?? "";
  const frames = [...stack.matchAll(/^\[<[^>]*>\] ([\w.]+)/gm)].map(([, name = ""]) => name);
  const relevant = frames.filter((name) => !ENTRY.test(name)).slice(0, STACK_FRAMES);
  if (relevant.length > 0) return { waitsIn: relevant };
  const channel = (await readStart(join(directory, "wchan"), STACK_LIMIT_BYTES))?.toString("latin1").trim() ?? "";
  return { waitsIn: /^[A-Za-z_][\w.]*$/.test(channel) ? [channel] : [] };
}

async function readArguments(directory: string): Promise<Pick<ExaminedProcess, "argv" | "isCut">> {
  const bytes = await readStart(join(directory, "cmdline"), ARGUMENTS_LIMIT_BYTES + 1);
  if (bytes === undefined || bytes.length === 0) return { argv: [], isCut: false };
  const argv = bytes.toString("utf8").split("\0");
  const isCut = bytes.length > ARGUMENTS_LIMIT_BYTES;
  // The last item follows the last NUL: a part of an argument, or empty. A program that renames itself leaves more
  // empty ones.
  const last = isCut ? argv.length - 2 : argv.findLastIndex((argument) => argument !== "");
  return { argv: argv.slice(0, last + 1), isCut };
}
