// Makes a running master read its configuration again, and reports what its log says about it.
import { systemClock } from "../base/clock.ts";
import { systemReason } from "../base/system-error.ts";
import { daemonErrors } from "./errors.ts";
import { followLog } from "./follow-log.ts";
import { LogTail } from "./log-tail.ts";
import { reloadAnswer } from "./master-file.ts";
import { readPidFile } from "./pid-file.ts";
import { catches } from "./process-table.ts";
import { serverPlace } from "./server-process.ts";

const ANSWER_MS = 10_000;

/**
 * Returns its sentence, which says what needs a restart. Throws ERR_PID_FILE, ERR_MASTER_NOT_RUNNING,
 * ERR_MASTER_NOT_RELOADED, and ERR_NOT_STOPPED if the process cannot be signalled, or would end by the signal.
 */
export async function reloadRunningMaster(directory: string): Promise<string> {
  const { pid: place, logPath } = serverPlace("master", directory);
  const found = readPidFile(place);
  if (found.state === "unreadable") throw daemonErrors.pidFile(place.path, found.reason);
  if (found.state !== "running") throw daemonErrors.masterNotRunning(place.path);
  if (!catches(found.pid, "SIGHUP")) throw daemonErrors.notStopped(found.pid, "it does not reload at SIGHUP");
  const tail = new LogTail(logPath);
  let answer: ReturnType<typeof reloadAnswer>;
  try {
    process.kill(found.pid, "SIGHUP");
    await followLog(tail, {
      clock: systemClock,
      deadlineMs: ANSWER_MS,
      isDone: (added) => {
        answer = reloadAnswer(added.toString());
        return answer !== undefined;
      },
      hasEnded: () => false,
    });
  } catch (error) {
    throw daemonErrors.notStopped.from(error, found.pid, systemReason(error));
  } finally {
    tail.close();
  }
  if (answer?.sentence === undefined) throw daemonErrors.masterNotReloaded(logPath);
  return answer.sentence;
}
