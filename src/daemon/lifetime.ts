// Ends workers that are not permanent: after an idle time, or after a time in all.
import type { Clock, Timer } from "../base/clock.ts";

export interface LifetimeOptions {
  readonly clock: Clock;
  /** 0: no limit. */
  readonly idleTimeoutMs: number;
  /** 0: no limit. */
  readonly maxUptimeMs: number;
  /** How long no command has run; 0 while one does. */
  readonly idleMs: () => number;
  /** Called at most once for each option. */
  readonly onOver: (option: EndOption) => void;
}

/** The option that ends a worker. */
export type EndOption = "--once" | "--idle-timeout" | "--max-uptime";

/** Starts now. Returns what cancels it. */
export function watchLifetime({ clock, idleTimeoutMs, maxUptimeMs, idleMs, onOver }: LifetimeOptions): () => void {
  let idle: Timer | undefined;
  const watchIdle = () => {
    const leftMs = idleTimeoutMs - idleMs();
    if (leftMs <= 0) onOver("--idle-timeout");
    else idle = clock.after(leftMs, watchIdle);
  };
  if (idleTimeoutMs > 0) watchIdle();
  const uptime = maxUptimeMs > 0 ? clock.after(maxUptimeMs, () => onOver("--max-uptime")) : undefined;
  return () => {
    idle?.cancel();
    uptime?.cancel();
  };
}
