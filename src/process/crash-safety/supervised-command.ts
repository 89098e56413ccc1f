// What whoever outlives a worker has to know to kill what it ran, and the lines in which it is told: by a pipe to the
// supervisor's shell, by a file to the next worker.
import { ticksNow } from "../tree/index.ts";

/** A command's first process, as in `ProcessTree`, and the group that was made for it. */
export interface SupervisedCommand {
  readonly leaderPid: number;
  readonly startTicks: number | undefined;
  readonly cookie: string | undefined;
  readonly controlGroup?: { readonly name: string } | undefined;
  /** The names of its programs may tell what people must not see; default: they may be told. */
  readonly hidesNames?: boolean | undefined;
}

/** No process has such a number, see `PID_MAX_LIMIT` of Linux (linux/threads.h). */
const FIRST_FREE_NUMBER = 2 ** 22;
let announcedCount = 0;

/** A command that is about to be started: until its first process has a number, another stands for that. */
export function announcedCommand({
  cookie,
  hidesNames,
}: Pick<SupervisedCommand, "cookie" | "hidesNames">): SupervisedCommand {
  announcedCount = (announcedCount + 1) % FIRST_FREE_NUMBER;
  return { leaderPid: FIRST_FREE_NUMBER + announcedCount, startTicks: ticksNow(), cookie, hidesNames };
}

/** `+pid:start:cookie:group`, each but the first may be empty, or `+pid:start:cookie:hidden:group`: the command runs. */
export function begunLine({ leaderPid, startTicks, cookie, controlGroup, hidesNames }: SupervisedCommand): string {
  const mark = hidesNames === true ? "hidden:" : "";
  return `+${leaderPid}:${startTicks ?? ""}:${cookie ?? ""}:${mark}${controlGroup?.name ?? ""}\n`;
}

/** `-pid`: it is over; what it left running is to be left. */
export function overLine({ leaderPid }: SupervisedCommand): string {
  return `-${leaderPid}\n`;
}

/** What runs after those lines; none of a line that is not whole or not of that form. A command that cannot be told from
 * a later one of the same number, for want of its start, is left out. */
export function runningAfter(lines: string): readonly SupervisedCommand[] {
  const running = new Map<number, SupervisedCommand>();
  for (const [, over, begun, ticks, cookie, mark] of lines.matchAll(LINE)) {
    const leaderPid = Number(begun);
    if (over !== undefined) running.delete(Number(over));
    else if (leaderPid > 1) {
      running.set(leaderPid, {
        leaderPid,
        startTicks: Number(ticks),
        cookie: cookie === "" ? undefined : cookie,
        ...(mark === undefined ? {} : { hidesNames: true }),
      });
    }
  }
  return [...running.values()];
}

const LINE = /^(?:-(\d{1,10})|\+(\d{1,10}):(\d{1,15}):([0-9a-f-]{0,64}):(hidden:)?[\w-]{0,64})\n/gm;
