// Whether a program runs on a PTY or on pipes, and what people are told when it is not what was asked for.
import type { Clock } from "../../base/clock.ts";
import type { ChildSource } from "../../process/piped-child.ts";
import type { LoadedPtyBinding } from "../../process/pty-binding.ts";
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
  /** Where PTYs come from if not from the optional package. */
  readonly loadBinding?: () => LoadedPtyBinding;
}

const WARNING = "WARNING: disabling usePTY for this command";

/** A program with an input gets no PTY, as in Buildbot's worker: it could not be told the end of that. */
export async function terminalFor(
  { usePty, stdin }: Pick<Program, "usePty" | "stdin">,
  { pipes, clock, loadBinding }: TerminalOptions,
): Promise<Terminal> {
  if (!usePty) return { isPty: false, source: pipes };
  if (stdin !== undefined) return { isPty: false, source: pipes, warning: WARNING };
  const loaded = (loadBinding ?? (await import("../../process/pty-binding.ts")).loadPtyBinding)();
  if (loaded.type === "unavailable") return { isPty: false, source: pipes, warning: `${WARNING}: ${loaded.reason}` };
  const { ptySource } = await import("../../process/pty-child.ts");
  return { isPty: true, source: ptySource({ binding: loaded.binding, pipes, clock }) };
}
