// Ends workers that are not permanent: after an idle time, or after a maximum uptime.
import type { Clock, Timer } from "../base/clock.ts";

export interface LifetimeOptions {
  readonly clock: Clock;
  /** 0: no limit. */
  readonly idleTimeoutMs: number;
  /** 0: no limit. */
  readonly maxUptimeMs: number;
  /** Time since a command ran last; 0 while one runs. */
  readonly idleMs: () => number;
  /** Called at most once for each option. */
  readonly onLimit: (option: EndOption) => void;
}

/** The option that ends a worker. */
export type EndOption = "--once" | "--idle-timeout" | "--max-uptime";

/** Starts now. The returned function cancels it. */
export function watchLifetime({ clock, idleTimeoutMs, maxUptimeMs, idleMs, onLimit }: LifetimeOptions): () => void {
  let idle: Timer | undefined;
  const watchIdle = () => {
    const leftMs = idleTimeoutMs - idleMs();
    if (leftMs <= 0) onLimit("--idle-timeout");
    else idle = clock.after(leftMs, watchIdle);
  };
  if (idleTimeoutMs > 0) watchIdle();
  const uptime = maxUptimeMs > 0 ? clock.after(maxUptimeMs, () => onLimit("--max-uptime")) : undefined;
  return () => {
    idle?.cancel();
    uptime?.cancel();
  };
}
