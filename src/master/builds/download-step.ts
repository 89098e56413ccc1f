// A step that copies a file from the master's directory to the worker.
import type { DownloadStep } from "../master-config.ts";
import type { CommandArgument } from "../worker-link.ts";
import { hasCommand, type PlannedStep, plainResult, type StepContext, unsupported } from "./step-command.ts";

const NAME = "downloadFile";

/** Size of a block; a PB message may have 640 KiB. */
const BLOCK_BYTES = 256 * 1024;

export async function downloadCommand(step: DownloadStep, { worker, files }: StepContext): Promise<PlannedStep> {
  if (!hasCommand(worker, NAME)) return unsupported(NAME);
  return {
    name: NAME,
    args: new Map<string, CommandArgument>([
      [hasCommand(worker, NAME, "3.0") ? "workerdest" : "slavedest", step.to],
      ["workdir", step.workdir],
      ["maxsize", null],
      ["blocksize", BLOCK_BYTES],
      ["mode", step.mode ?? null],
    ]),
    logNames: [],
    resultOf: plainResult,
    download: await files.fileSource(step.from),
  };
}
