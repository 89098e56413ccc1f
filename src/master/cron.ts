// Times of nightly schedulers, as words of cron in a time zone. Pure.
import { Cron } from "croner";
import { errorText } from "../base/errors.ts";

/** A time zone of undefined is that of this host. */
export interface CronTimes {
  readonly cron: string;
  readonly timeZone?: string | undefined;
}

/** The first time after `afterMs`, in milliseconds since the epoch; undefined if there is none. Throws for a fault. */
export function nextRunMs({ cron, timeZone }: CronTimes, afterMs: number): number | undefined {
  const zone = timeZone === undefined ? {} : { timezone: timeZone };
  return new Cron(cron, { ...zone, mode: "5-part", paused: true }).nextRun(new Date(afterMs))?.getTime();
}

/** Why it never runs, as a sentence. */
export function cronFault({ cron, timeZone }: CronTimes): string | undefined {
  const forms = "expected minute, hour, day of month, month and day of week, such as '30 2 * * MON-FRI'";
  if (timeZone !== undefined && isUnknownZone(timeZone))
    return `there is no time zone '${timeZone}', such as Europe/Berlin`;
  try {
    return nextRunMs({ cron, timeZone }, Date.now()) === undefined ? `${forms}: '${cron}' never comes` : undefined;
  } catch (error) {
    return `${forms} (${errorText(error).replace(/^CronPattern: /, "")})`;
  }
}

function isUnknownZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone === "";
  } catch {
    return true;
  }
}
