// Says once a day that the certificate of a connected master is about to expire: a connection may well be older than the
// weeks in which that is told while connecting. Knows nothing of certificates.
import type { Timer } from "../base/clock.ts";
import { DAY_MS } from "../base/duration.ts";
import type { WorkerSettings } from "./settings.ts";

export interface CertificateReminderOptions extends Pick<WorkerSettings, "clock" | "log"> {
  /** The sentence to log at this time, in milliseconds since 1970, if there is one to say. */
  readonly warningAt: (nowMs: number) => string | undefined;
}

/** Looks a day from now, and every day after. Returns what ends it. */
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
