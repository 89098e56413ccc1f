// The parameters of a run. Types only.
import type { Clock } from "../../base/clock.ts";
import type { WorkerSupervision } from "../crash-safety/index.ts";
import type { ExaminedTree } from "../diagnosis/index.ts";
import type { ChildSource } from "../spawn/index.ts";
import type { ControlGroup, ListedProcess } from "../tree/index.ts";
import type { LeftoverRule } from "./leftover-processes.ts";
import type { KillReason } from "./run-outcome.ts";

export type OutputName = "stdout" | "stderr";

export interface RunRequest {
  /** The program, looked up in the PATH of `env`, and its arguments. */
  readonly argv: readonly string[];
  /** See `Launch`. */
  readonly batch?: Buffer | undefined;
  /** The program's name in errors, if it may be secret; default: argv[0]. */
  readonly shownProgram?: string | undefined;
  /** The names of its processes are secret, also for the next worker; default: false. */
  readonly hidesNames?: boolean;
  /** An existing directory. */
  readonly cwd: string;
  /** The whole environment of the child, except the cookie. */
  readonly env: Readonly<Record<string, string>>;
  /** For its environment, see command-cookie.ts; without one, orphaned processes in other sessions escape. */
  readonly cookie?: string | undefined;
  /** Input of the child; without it, stdin is at its end from the start. */
  readonly stdin?: Uint8Array | undefined;
  /** Source of its standard streams. */
  readonly pipes: ChildSource;
  /** Kills the run when this process dies; without one it continues. */
  readonly supervisor?: WorkerSupervision | undefined;
  readonly clock: Clock;
  readonly limits: RunLimits;
  /** What to do with leftover processes when it ends by itself; default `keep`. */
  readonly leftovers?: LeftoverRule;
  /** The name of the final signal without SIG; an unknown name means KILL. */
  readonly interruptSignal: string;
  /**
   * Called with every chunk, never after the outcome is known. While a run is ending, also if it is paused. The chunk's
   * memory is reused afterwards.
   */
  readonly onOutput: (name: OutputName, chunk: Buffer) => void;
  /** Called once when the run will be killed, before any signal is sent. */
  readonly onKill: (reason: KillReason) => void;
  /** Called at most once, after `onKill` for a deadline and before any signal, with its running processes. */
  readonly onExamined?: (tree: ExaminedTree) => void;
  /** Called once, before the outcome is known, with its time since its start and its control group, if any. */
  readonly onMeasure?: ((wallMs: number, group: Pick<ControlGroup, "read"> | undefined) => void) | undefined;
  /** Called at most once, before it is killed because the launcher is gone and its exit status is lost. */
  readonly onLost?: () => void;
  /**
   * Called at most once, HELD_OUTPUT_MS or more after the child has ended, with the processes that still have its
   * output open; the run continues until they have closed it.
   */
  readonly onHeldOutput?: (holders: readonly ListedProcess[]) => void;
}

/** Undefined or 0 means no limit. */
export interface RunLimits {
  /** Longest time without a byte on stdout or stderr, not counting pauses. */
  readonly idleTimeoutMs?: number | undefined;
  readonly maxTimeMs?: number | undefined;
  /** How long to wait for output held open after the child's end, not counting pauses. */
  readonly lingerLimitMs?: number | undefined;
  /** Time between SIGTERM and the interrupt signal; without it there is no SIGTERM. */
  readonly sigtermGraceMs?: number | undefined;
}
