// What it takes to run a program. Types only.
import type { Clock } from "../../base/clock.ts";
import type { WorkerSupervision } from "../crash-safety/index.ts";
import type { ExaminedTree } from "../diagnosis/index.ts";
import type { ChildSource } from "../spawn/index.ts";
import type { ListedProcess } from "../tree/index.ts";
import type { LeftoverRule } from "./leftover-processes.ts";
import type { KillReason } from "./run-outcome.ts";

export type OutputName = "stdout" | "stderr";

export interface RunRequest {
  /** The program, looked up in the PATH of `env`, and its arguments. */
  readonly argv: readonly string[];
  /** How errors call the program, whose name may be a secret; default: as it is. */
  readonly shownProgram?: string | undefined;
  /** Whoever outlives this process must not tell the names of its processes; default: they may be told. */
  readonly hidesNames?: boolean;
  /** An existing directory. */
  readonly cwd: string;
  /** The whole environment of the child, but for the cookie. */
  readonly env: Readonly<Record<string, string>>;
  /** A mark for its environment, see command-cookie.ts; without one, what leaves the session and its parents escapes. */
  readonly cookie?: string | undefined;
  /** What the child reads; without it its stdin is at its end from the first. */
  readonly stdin?: Uint8Array | undefined;
  /** Where its standard streams come from. */
  readonly pipes: ChildSource;
  /** Kills the run when this process dies; without one it goes on then. */
  readonly supervisor?: WorkerSupervision | undefined;
  readonly clock: Clock;
  readonly limits: RunLimits;
  /** What becomes of processes that it leaves when it ends by itself; default `keep`. */
  readonly leftovers?: LeftoverRule;
  /** The name, without SIG, of the signal that ends it for good; a name unknown here means KILL. */
  readonly interruptSignal: string;
  /**
   * Called with every chunk, never after the outcome is known. Ending a run may give some even while it is paused. The chunk's
   * memory is used again afterwards.
   */
  readonly onOutput: (name: OutputName, chunk: Buffer) => void;
  /** Called once if the run is to be ended, before any signal is sent. */
  readonly onKill: (reason: KillReason) => void;
  /** Called at most once, after `onKill` for a deadline and before any signal, with what runs of it then. */
  readonly onExamined?: (tree: ExaminedTree) => void;
  /** Called at most once, before it is killed since who started it is gone and it cannot be told how it ends. */
  readonly onLost?: () => void;
  /**
   * Called at most once, HELD_OUTPUT_MS or more after the child has ended, with those who have its output still open; the run
   * goes on until they have closed it.
   */
  readonly onHeldOutput?: (holders: readonly ListedProcess[]) => void;
}

/** Undefined or 0 means no limit. */
export interface RunLimits {
  /** Longest time without a byte on stdout or stderr, not counting while the run is paused. */
  readonly idleTimeoutMs?: number | undefined;
  readonly maxTimeMs?: number | undefined;
  /** How long the output is waited for that others hold open after the child's end, not counting while paused. */
  readonly lingerLimitMs?: number | undefined;
  /** Time between SIGTERM and the interrupt signal; without it there is no SIGTERM. */
  readonly sigtermGraceMs?: number | undefined;
}
