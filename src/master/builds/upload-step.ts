// A step that copies a file or a directory from the worker to the master's `uploads`.
import type { UploadStep } from "../master-config.ts";
import type { CommandArgument, WorkerInfo } from "../worker-link.ts";
import { hasCommand, type PlannedStep, plainResult, type StepContext, unsupported } from "./step-command.ts";

/** Block sizes, as in Buildbot. */
const FILE_BLOCK_BYTES = 256 * 1024;
const ARCHIVE_BLOCK_BYTES = 16 * 1024;

export async function uploadCommand(
  step: UploadStep,
  { worker, files: uploads, artifacts }: StepContext,
): Promise<PlannedStep> {
  const name = step.isDirectory ? "uploadDirectory" : "uploadFile";
  if (!hasCommand(worker, name)) return unsupported(name);
  if (step.keepStamp && !step.isDirectory && !hasCommand(worker, name, "2.13")) {
    return { impossible: "the worker is too old to report the times of a file (keepStamp)" };
  }
  const files = step.isArtifact ? artifacts : uploads;
  const limits = { limitBytes: step.maxSizeBytes };
  const sink = await (step.isDirectory ? files.archiveSink(step.to, limits) : files.fileSink(step.to, limits));
  let bytes = 0;
  return {
    name,
    args: argumentsOf(step, worker, name),
    logNames: [],
    resultOf: plainResult,
    // Workers truncate the file at the limit, and end with the exit code of any failure.
    whyFailed: () => (bytes < step.maxSizeBytes ? undefined : `has reached its maxSize of ${step.maxSizeBytes} bytes`),
    upload: {
      ...sink,
      write(block) {
        bytes += block.length;
        return sink.write(block);
      },
    },
  };
}

function argumentsOf(step: UploadStep, worker: WorkerInfo, name: string): ReadonlyMap<string, CommandArgument> {
  return new Map<string, CommandArgument>([
    [hasCommand(worker, name, "3.0") ? "workersrc" : "slavesrc", step.from],
    ["workdir", step.workdir],
    ["maxsize", step.maxSizeBytes],
    ["blocksize", step.isDirectory ? ARCHIVE_BLOCK_BYTES : FILE_BLOCK_BYTES],
    ...(step.isDirectory ? ([["compress", null]] as const) : ([["keepstamp", step.keepStamp]] as const)),
  ]);
}
