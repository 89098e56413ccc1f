// Parses /proc/<pid>/stat, see proc_pid_stat(5). The only file that does.
import { readSystemFile } from "./system-file.ts";

/** Clock ticks per second in /proc (USER_HZ): 100 wherever Node runs, independent of the kernel's own clock. */
export const TICKS_PER_SECOND = 100;

export interface ProcessStat {
  /** The kernel's name of its program, at most 15 bytes. It contains no arguments, which may be secret. */
  readonly program: string;
  /** One letter. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly flags: number;
  readonly userTicks: number;
  readonly systemTicks: number;
  readonly threadCount: number;
  /** Start time in ticks since boot; together with the pid it identifies a process. */
  readonly startTicks: number;
}

/** Also of a zombie. Undefined when there is no such process, or no /proc. Never hangs. */
export function readProcessStat(pid: number, procDirectory = "/proc"): ProcessStat | undefined {
  const stat = readSystemFile(`${procDirectory}/${pid}/stat`);
  if (stat === undefined) return undefined;
  // pid (program) state …, where the program may contain anything, including brackets and newlines.
  const end = stat.lastIndexOf(")");
  const fields = stat.slice(end + 2).split(" ");
  /** Numbered as in the manual, starting with 1. */
  const field = (number: number) => Number(fields[number - 3]);
  return {
    program: stat.slice(stat.indexOf("(") + 1, end),
    state: fields[0] ?? "",
    parent: field(4),
    group: field(5),
    session: field(6),
    flags: field(9),
    userTicks: field(14),
    systemTicks: field(15),
    threadCount: field(20),
    startTicks: field(22),
  };
}

/** Whether it is a zombie. The main thread may be one while other threads continue. */
export function isZombie({ state, threadCount }: ProcessStat): boolean {
  return /^[ZX]/.test(state) && threadCount <= 1;
}
