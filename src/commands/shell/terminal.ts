// Whether a program runs on a PTY or on pipes, and what people are told when it is not what was asked for.
import type { Clock } from "../../base/clock.ts";
import { type HeldPtyBinding, ptySource } from "../../process/pty/index.ts";
import type { ChildSource } from "../../process/spawn/index.ts";
import type { Program } from "./program.ts";

export interface Terminal {
  readonly isPty: boolean;
  readonly source: ChildSource;
  /** For a header, when a PTY was asked for and there is none. */
  readonly warning?: string;
}

export interface TerminalOptions {
  readonly pipes: ChildSource;
  readonly clock: Clock;
  /** Where PTYs come from. */
  readonly ptyBinding: Pick<HeldPtyBinding, "load">;
}

const WARNING = "WARNING: disabling usePTY for this command";

/** A program with an input gets no PTY, as in Buildbot's worker: it could not be told the end of that. */
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
