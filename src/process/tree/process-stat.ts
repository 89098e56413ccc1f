// /proc/<pid>/stat, which is read and parsed here and nowhere else. See proc_pid_stat(5).
import { readSystemFile } from "./system-file.ts";

/** Clock ticks per second in /proc (USER_HZ): 100 wherever Node runs, whatever the kernel's own clock is. */
export const TICKS_PER_SECOND = 100;

/** Places of the fields behind the name of the program. */
const FIELD = {
  parent: 1,
  group: 2,
  session: 3,
  flags: 6,
  userTicks: 11,
  systemTicks: 12,
  threadCount: 17,
  startTicks: 19,
} as const;

export interface ProcessStat extends Readonly<Record<keyof typeof FIELD, number>> {
  /** As the kernel calls it, at most 15 bytes. */
  readonly program: string;
  /** One letter. */
  readonly state: string;
}

/** Undefined when there is no such process, zombies included, or the system does not tell. Never hangs. */
export function readProcessStat(pid: number, procDirectory = "/proc"): ProcessStat | undefined {
  const stat = readSystemFile(`${procDirectory}/${pid}/stat`);
  if (stat === undefined) return undefined;
  // pid (program) state …, where the program may hold anything, brackets and line ends too.
  const end = stat.lastIndexOf(")");
  const fields = stat.slice(end + 2).split(" ");
  const numberAt = (name: keyof typeof FIELD) => Number(fields[FIELD[name]]);
  return {
    program: stat.slice(stat.indexOf("(") + 1, end),
    state: fields[0] ?? "",
    parent: numberAt("parent"),
    group: numberAt("group"),
    session: numberAt("session"),
    flags: numberAt("flags"),
    userTicks: numberAt("userTicks"),
    systemTicks: numberAt("systemTicks"),
    threadCount: numberAt("threadCount"),
    startTicks: numberAt("startTicks"),
  };
}

/** Whether it is a zombie. The thread that a process began with may be one while others go on. */
export function isZombie({ state, threadCount }: ProcessStat): boolean {
  return /^[ZX]/.test(state) && threadCount <= 1;
}
