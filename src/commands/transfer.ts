// The common part of the three transfers (buildbot-pb.md §8): names and arguments, interruption, and the
// results for the master. Knows neither files nor archives.
import type { Clock } from "../base/clock.ts";
import { baseErrors } from "../base/errors.ts";
import { systemRules } from "../base/system-rules.ts";
import { type CommandArguments, optionalNumber, requireArguments, requiredText } from "./arguments.ts";
import type { CommandContext, CommandDefinition, StartedCommand } from "./command.ts";
import { commandsErrors } from "./errors.ts";
import type { PathRules } from "./held-path.ts";
import { resolveTransferPath } from "./paths.ts";
import type { FileReader, FileWriter } from "./peer.ts";
import { performCommand } from "./perform.ts";
import { TransferProgress } from "./transfer-progress.ts";

/** Limit of one byte string in PB (perspective-broker.md §4.3), regardless of the block size that a master asks for. */
export const LARGEST_BLOCK_BYTES = 640 * 1024;

const TRANSFER_VERSION = "3.3";

export interface TransferRequest {
  /** The worker's file; absolute, unless the master sent a relative `path`. */
  readonly path: string;
  readonly rules: PathRules;
  readonly args: CommandArguments;
  /** The master's block size, from 1 to LARGEST_BLOCK_BYTES; blocks may be larger, but not smaller. */
  readonly blockBytes: number;
  /** Infinite if the master sets no limit. */
  readonly limitBytes: number;
}

export interface TransferKind {
  /** The name in PB, where the path has two parts. */
  readonly name: string;
  /** The other name, where `path` is the whole path. */
  readonly readyName: string;
  /** The name of the command in messages about missing arguments. */
  readonly className: string;
  readonly pathArgument: "workersrc" | "workerdest";
  readonly handle: "writer" | "reader";
  readonly start: (request: TransferRequest, context: CommandContext) => StartedCommand;
}

/** Both commands of one kind. Their start throws ERR_MISSING_KEY, ERR_MISSING_ARGUMENTS or ERR_BAD_ARGUMENTS. */
export function transferCommands(kind: TransferKind): readonly CommandDefinition[] {
  const { name, readyName, className, handle } = kind;
  const begin = (path: string, args: CommandArguments, context: CommandContext) =>
    kind.start(
      {
        path,
        rules: context.rules,
        args,
        blockBytes: blockBytes(args),
        limitBytes: limitBytes(args),
      },
      context,
    );
  return [
    {
      name,
      version: TRANSFER_VERSION,
      start(args, context) {
        const path = resolveTransferPath({
          builderDirectory: context.builderDirectory,
          workdir: requiredText(args, "workdir"),
          name: requiredText(args, kind.pathArgument),
          home: context.environment[systemRules.homeVariable],
        });
        requireArguments(args, className, [handle, "blocksize"]);
        return begin(path, args, context);
      },
    },
    {
      name: readyName,
      version: TRANSFER_VERSION,
      start(args, context) {
        requireArguments(args, className, ["path", handle, "blocksize"]);
        return begin(requiredText(args, "path"), args, context);
      },
    },
  ];
}

export interface TransferOutcome {
  /** 0 or 1. */
  readonly rc: number;
  /** Message if it is 1, without a newline. */
  readonly stderr?: string;
}

/** The context of a running transfer. */
export interface Transfer {
  readonly header: (text: string) => void;
  readonly clock: Clock;
  /** Aborted by an interrupt: the transfer stops after the blocks in flight. */
  readonly signal: AbortSignal;
  /** Counts its bytes; a long transfer is reported in headers. */
  readonly progress: Pick<TransferProgress, "expect" | "add">;
}

/** Runs `perform`; its errors are reported as a failure with rc 1, except the reason of an interrupt. */
export function startTransfer(
  context: CommandContext,
  verb: "sent" | "received",
  perform: (transfer: Transfer) => Promise<TransferOutcome>,
): StartedCommand {
  const { clock } = context;
  const controller = new AbortController();
  const { signal } = controller;
  const done = performCommand(context, {
    wasInterrupted: () => signal.aborted,
    async perform(output) {
      const header = (text: string) => output.header(text);
      const rc = (rc: number) => output.value({ key: "rc", rc: signal.aborted ? 1 : rc });
      const progress = new TransferProgress({ clock, verb, writeLine: header });
      try {
        const outcome = await perform({ signal, clock, header, progress }).finally(() => progress.end());
        rc(outcome.rc);
        if (outcome.stderr !== undefined) output.error(outcome.stderr);
      } catch (error) {
        rc(1);
        // After an interrupt, the file system did not respond.
        if (error !== signal.reason) throw error;
      }
    },
  });
  return { done, interrupt: () => controller.abort() };
}

/** Closes the master's file when the work fails, and rejects with the error. */
export async function closedOnFailure<Value>(file: FileReader | FileWriter, work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    await file.close().catch(() => {}); // the first error is reported
    throw error;
  }
}

/** The outcome of reaching the limit, which leaves a truncated file. */
export function limitReached(path: string): TransferOutcome {
  return { rc: 1, stderr: `Maximum filesize reached, truncating file '${path}'` };
}

/** A number or null; throws ERR_MISSING_KEY if it is missing. */
export function requiredNumber(args: CommandArguments, name: string): number | undefined {
  if (!args.has(name)) throw commandsErrors.missingKey(name);
  return optionalNumber(args, name);
}

function blockBytes(args: CommandArguments): number {
  const size = optionalNumber(args, "blocksize") ?? 0;
  if (size < 1) throw baseErrors.badArguments("blocksize", "a number of bytes above 0", String(size));
  return Math.min(Math.floor(size), LARGEST_BLOCK_BYTES);
}

function limitBytes(args: CommandArguments): number {
  const limit = requiredNumber(args, "maxsize") ?? Number.POSITIVE_INFINITY;
  return Math.max(0, Math.floor(limit));
}
