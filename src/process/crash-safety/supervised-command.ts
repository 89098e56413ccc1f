// What the supervisor's shell and the next worker need to know about a command to kill it, and the lines that tell
// them, through a pipe or a file.
import { ticksNow } from "../tree/index.ts";

/** A command's first process, as in `RunTree`, and its control group. */
export interface SupervisedCommand {
  readonly leaderPid: number;
  readonly startTicks: number | undefined;
  readonly cookie: string | undefined;
  readonly controlGroup?: { readonly name: string } | undefined;
  /** Its program names may be secret; default: false. */
  readonly hidesNames?: boolean | undefined;
}

/** No pid is this large, see `PID_MAX_LIMIT` of Linux (linux/threads.h). */
const FIRST_FREE_PID = 2 ** 22;
let announcedCount = 0;

/** A command that is about to be started, with a placeholder instead of its pid. */
export function announcedCommand({
  cookie,
  hidesNames,
}: Pick<SupervisedCommand, "cookie" | "hidesNames">): SupervisedCommand {
  announcedCount = (announcedCount + 1) % FIRST_FREE_PID;
  return { leaderPid: FIRST_FREE_PID + announcedCount, startTicks: ticksNow(), cookie, hidesNames };
}

/**
 * `+pid:start:cookie:group`, all but the first may be empty, or `+pid:start:cookie:hidden:group`: the command started.
 */
export function startedLine({ leaderPid, startTicks, cookie, controlGroup, hidesNames }: SupervisedCommand): string {
  const mark = hidesNames === true ? "hidden:" : "";
  return `+${leaderPid}:${startTicks ?? ""}:${cookie ?? ""}:${mark}${controlGroup?.name ?? ""}\n`;
}

/** `-pid`: it ended; its leftover processes are kept. */
export function endedLine({ leaderPid }: SupervisedCommand): string {
  return `-${leaderPid}\n`;
}

/**
 * The commands that run after those lines; ignores incomplete and invalid lines, and commands without a start time,
 * which cannot be distinguished from later ones with the same pid.
 */
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
