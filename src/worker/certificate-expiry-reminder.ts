// Logs once a day that the certificate of a connected master expires soon, because a connection may last longer than the
// weeks in which that warning is logged while connecting. Independent of certificates.
import type { Timer } from "../base/clock.ts";
import { DAY_MS } from "../base/duration.ts";
import type { WorkerSettings } from "./settings.ts";

export interface CertificateReminderOptions extends Pick<WorkerSettings, "clock" | "log"> {
  /** The warning to log at this time, in milliseconds since 1970, if any. */
  readonly warningAt: (nowMs: number) => string | undefined;
}

/** Checks for a warning every day, first in a day. Returns a function that stops it. */
export function remindOfCertificateExpiry({ clock, log, warningAt }: CertificateReminderOptions): () => void {
  let timer: Timer;
  const wait = () => {
    timer = clock.after(DAY_MS, () => {
      const warning = warningAt(clock.date().getTime());
      if (warning !== undefined) log(warning);
      wait();
    });
  };
  wait();
  return () => timer.cancel();
}
