// Chooses between a PTY and pipes for a program, with a warning if it does not get the requested one.
import type { Clock } from "../../base/clock.ts";
import { type HeldPtyBinding, ptySource } from "../../process/pty/index.ts";
import type { ChildSource } from "../../process/spawn/index.ts";
import type { Program } from "./program.ts";

export interface Terminal {
  readonly isPty: boolean;
  readonly source: ChildSource;
  /** For a header, when a PTY was requested and is not available. */
  readonly warning?: string;
}

export interface TerminalOptions {
  readonly pipes: ChildSource;
  readonly clock: Clock;
  /** Source of PTYs. */
  readonly ptyBinding: Pick<HeldPtyBinding, "load">;
}

const WARNING = "WARNING: disabling usePTY for this command";

/** A program with input gets no PTY, as in Buildbot's worker, since it could not detect the end of the input. */
export function terminalFor(
  { usePty, stdin }: Pick<Program, "usePty" | "stdin">,
  { pipes, clock, ptyBinding }: TerminalOptions,
): Terminal {
  if (!usePty) return { isPty: false, source: pipes };
  if (stdin !== undefined) return { isPty: false, source: pipes, warning: WARNING };
  const loaded = ptyBinding.load();
  if (loaded.type === "unavailable") return { isPty: false, source: pipes, warning: `${WARNING}: ${loaded.reason}` };
  return { isPty: true, source: ptySource({ binding: loaded.binding, pipes, clock }) };
}
