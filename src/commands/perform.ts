// What every command does the same way: it says what it has to say, how long it took, and completes exactly once.
import type { TextEncoding } from "../base/encoding/text-encoding.ts";
import { CommandOutput } from "../output/index.ts";
import type { CommandContext } from "./command.ts";
import { failureOfError, isBug } from "./failure.ts";

/** Begins every header that Buildbot's worker has not, but for those that belong to another. */
export const OWN_HEADER = "buildhand: ";

export interface CommandWork {
  /** Does the work and reports its results, the rc among them. Rejecting ends the command with a failure. */
  readonly perform: (output: CommandOutput) => Promise<void>;
  readonly wasInterrupted: () => boolean;
  /** In which programs print; that of the names of files when left out. */
  readonly encoding?: TextEncoding;
}

/** Resolves when the command is complete; rejects for a bug only. The order of updates is that of Buildbot's worker. */
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
    send: (updates) => peer.update(updates),
  });
  if (warning !== undefined) output.header(`${OWN_HEADER}${warning}\n`);
  const error = await perform(output).then(() => undefined, asError);
  // Masters know no `elapsed` of a command that they interrupted.
  if (!wasInterrupted()) output.value({ key: "elapsed", seconds: (clock.nowMs() - startedMs) / 1000 });
  output.end();
  if (error !== undefined && isBug(error)) throw error;
  peer.complete(error === undefined ? undefined : failureOfError(error));
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
