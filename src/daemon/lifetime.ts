// Ends of workers that are not to stay: after their first build, after a time without one, after a time at all.
import type { Clock, Timer } from "../base/clock.ts";

export interface LifetimeOptions {
  readonly clock: Clock;
  /** 0: however long. */
  readonly idleTimeoutMs: number;
  /** 0: however long. */
  readonly maxUptimeMs: number;
  /** For how long nothing has run; 0 while something does. */
  readonly idleMs: () => number;
  /** Called at most once for each of them. */
  readonly onOver: (option: EndOption) => void;
}

/** The option that ends a worker. */
export type EndOption = "--once" | "--idle-timeout" | "--max-uptime";

/** Begins now. Returns what ends it. */
export function watchLifetime({ clock, idleTimeoutMs, maxUptimeMs, idleMs, onOver }: LifetimeOptions): () => void {
  const timers = new Map<string, Timer>();
  const watchIdle = () => {
    const leftMs = idleTimeoutMs - idleMs();
    if (leftMs <= 0) return onOver("--idle-timeout");
    timers.set("idle", clock.after(leftMs, watchIdle));
  };
  if (idleTimeoutMs > 0) timers.set("idle", clock.after(idleTimeoutMs, watchIdle));
  if (maxUptimeMs > 0)
    timers.set(
      "uptime",
      clock.after(maxUptimeMs, () => onOver("--max-uptime")),
    );
  return () => {
    for (const timer of timers.values()) timer.cancel();
  };
}
