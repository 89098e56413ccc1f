// The common frame of every command: it sends its results and elapsed time, and completes exactly once.
import type { TextEncoding } from "../base/encoding/text-encoding.ts";
import { CommandOutput } from "../output/index.ts";
import type { CommandContext } from "./command.ts";
import { failureOfError, isBug } from "./failure.ts";

/** Prefix of headers that Buildbot's worker does not have, except for continuation lines. */
export const OWN_HEADER = "buildhand: ";

export interface CommandWork {
  /** Does the work and reports its results, including the rc. Rejection ends the command with a failure. */
  readonly perform: (output: CommandOutput) => Promise<void>;
  readonly wasInterrupted: () => boolean;
  /** Encoding of program output; default: that of file names. */
  readonly encoding?: TextEncoding;
}

/** Resolves when the command is complete; rejects only for a bug. The order of updates is that of Buildbot's worker. */
export async function performCommand(
  { clock, peer, rules, warning }: Pick<CommandContext, "clock" | "peer" | "rules" | "warning">,
  { perform, wasInterrupted, encoding = rules.fileEncoding }: CommandWork,
): Promise<void> {
  const startedMs = clock.nowMs();
  const output = new CommandOutput({
    clock,
    lineLimitBytes: rules.lineLimitBytes,
    encoding,
    rules: rules.output,
    hide: (text) => rules.secrets.hide(text),
    send: (updates) => peer.update(updates),
  });
  if (warning !== undefined) output.header(`${OWN_HEADER}${warning}\n`);
  const error = await perform(output).then(() => undefined, asError);
  // Buildbot's worker sends no `elapsed` for interrupted commands.
  if (!wasInterrupted()) output.value({ key: "elapsed", seconds: (clock.nowMs() - startedMs) / 1000 });
  output.end();
  if (error !== undefined && isBug(error)) throw error;
  peer.complete(error === undefined ? undefined : rules.secrets.hideIn(failureOfError(error)));
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
