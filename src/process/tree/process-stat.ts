// /proc/<pid>/stat, which is read and parsed here and nowhere else. See proc_pid_stat(5).
import { readSystemFile } from "./system-file.ts";

/** Clock ticks per second in /proc (USER_HZ): 100 wherever Node runs, whatever the kernel's own clock is. */
export const TICKS_PER_SECOND = 100;

export interface ProcessStat {
  /** Its program as the kernel calls it, at most 15 bytes: no argument, which may be a secret, is part of it. */
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
  /** When it began, in ticks since the system did: with the pid, which process this is. */
  readonly startTicks: number;
}

/** Undefined when there is no such process, zombies included, or the system does not tell. Never hangs. */
export function readProcessStat(pid: number, procDirectory = "/proc"): ProcessStat | undefined {
  const stat = readSystemFile(`${procDirectory}/${pid}/stat`);
  if (stat === undefined) return undefined;
  // pid (program) state …, where the program may hold anything, brackets and line ends too.
  const end = stat.lastIndexOf(")");
  const fields = stat.slice(end + 2).split(" ");
  /** Numbered as in the manual, from 1 on. */
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

/** Whether it is a zombie. The thread that a process began with may be one while others go on. */
export function isZombie({ state, threadCount }: ProcessStat): boolean {
  return /^[ZX]/.test(state) && threadCount <= 1;
}
