// What the processes of a run do at this moment, as /proc tells: for people who wonder why a build hangs. Reads, and knows
// neither who wonders nor what may be shown to him.
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { type ListedProcess, readProcessStat, readStart, readWithTimeout, TICKS_PER_SECOND } from "../tree/index.ts";

export interface ExaminedProcess extends Pick<ListedProcess, "pid" | "program" | "parent"> {
  /** A word for the letter in /proc/<pid>/stat, see proc_pid_stat(5). */
  readonly state: string;
  /** Of all its threads together. */
  readonly cpuSeconds: number;
  readonly threadCount: number;
  /** Functions of the kernel that it waits in, the innermost first; none when it runs or the system does not tell. */
  readonly waitsIn: readonly string[];
  /** Its arguments, the program's name first, may hold secrets; none when the system does not tell. */
  readonly argv: readonly string[];
  /** There are more arguments than those. */
  readonly isCut: boolean;
}

export interface ExaminedTree {
  /** In the order in which they began. */
  readonly processes: readonly ExaminedProcess[];
  /** How many more there are. */
  readonly leftOutCount: number;
}

export interface ExamineOptions {
  readonly clock: Clock;
  /** Where to read; default `/proc`. */
  readonly procDirectory?: string;
}

/** How long may be looked, after which the arguments of some may be missing. */
export const EXAMINE_LIMIT_MS = 2000;
/** How many processes are looked at. */
export const EXAMINED_LIMIT = 200;
/** How much is read of the arguments of one; the kernel takes megabytes. */
export const ARGUMENTS_LIMIT_BYTES = 16 * 1024;
/** How much is read of a stack. */
const STACK_LIMIT_BYTES = 4096;
/** How many functions of a stack are kept: further out is only the way in. */
const STACK_FRAMES = 4;

const STATES: Readonly<Record<string, string>> = {
  R: "running",
  S: "sleeping",
  D: "sleeping uninterruptibly",
  T: "stopped",
  t: "stopped by a debugger",
  I: "idle",
};

/** The innermost functions of those that do not tell where a process waits but how it came into the kernel. */
const ENTRY = /^(do_syscall|entry_|ret_from|el0|__x64_sys_|__arm64_sys_|syscall_)/;

/** Never rejects. Those that ended meanwhile are missing. */
export async function reportTree(processes: readonly ListedProcess[], options: ExamineOptions): Promise<ExaminedTree> {
  const { clock, procDirectory = "/proc" } = options;
  const eldest = processes.toSorted((a, b) => a.startTicks - b.startTicks || a.pid - b.pid).slice(0, EXAMINED_LIMIT);
  const examined = new Map<number, ExaminedProcess>();
  for (const one of eldest) {
    const found = readState(one, procDirectory);
    if (found !== undefined) examined.set(one.pid, found);
  }
  await readWithTimeout({ clock, limitMs: EXAMINE_LIMIT_MS }, async (isOver) => {
    const learn = async (pid: number, read: (directory: string) => Promise<Partial<ExaminedProcess>>) => {
      if (isOver()) return;
      const more = await read(join(procDirectory, String(pid)));
      const known = examined.get(pid);
      if (known !== undefined && !isOver()) examined.set(pid, { ...known, ...more });
    };
    for (const pid of examined.keys()) await learn(pid, readWait);
    // One that hangs in the kernel may hang whoever asks for its arguments, so those come last.
    const pids = [...examined.values()].toSorted((a, b) => Number(isHanging(a)) - Number(isHanging(b)));
    for (const { pid } of pids) await learn(pid, readArguments);
  });
  return { processes: [...examined.values()], leftOutCount: processes.length - eldest.length };
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

/** The stack is root's to read; without it there is the one function that the kernel calls the wait channel. */
async function readWait(directory: string): Promise<Pick<ExaminedProcess, "waitsIn">> {
  const stack = (await readStart(join(directory, "stack"), STACK_LIMIT_BYTES))?.toString("latin1") ?? "";
  const frames = [...stack.matchAll(/^\[<[^>]*>\] ([\w.]+)/gm)].map(([, name = ""]) => name);
  const telling = frames.filter((name) => !ENTRY.test(name)).slice(0, STACK_FRAMES);
  if (telling.length > 0) return { waitsIn: telling };
  const channel = (await readStart(join(directory, "wchan"), STACK_LIMIT_BYTES))?.toString("latin1").trim() ?? "";
  return { waitsIn: /^[A-Za-z_][\w.]*$/.test(channel) ? [channel] : [] };
}

async function readArguments(directory: string): Promise<Pick<ExaminedProcess, "argv" | "isCut">> {
  const bytes = await readStart(join(directory, "cmdline"), ARGUMENTS_LIMIT_BYTES + 1);
  if (bytes === undefined || bytes.length === 0) return { argv: [], isCut: false };
  const argv = bytes.toString("utf8").split("\0");
  const isCut = bytes.length > ARGUMENTS_LIMIT_BYTES;
  // The last is what follows the last NUL: a part of one, or nothing. A program that renames itself leaves more of nothing.
  const last = isCut ? argv.length - 2 : argv.findLastIndex((argument) => argument !== "");
  return { argv: argv.slice(0, last + 1), isCut };
}
