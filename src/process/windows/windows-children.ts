// What a worker on Windows needs to run commands: a job for itself, which ends everything it has started when it ends, and
// the source of children.
import { errorText } from "../../base/errors.ts";
import { loadWindowsKernel, type WindowsKernel } from "./kernel.ts";
import { WindowsSource } from "./windows-source.ts";

/** The kernel, or undefined after `onMissing` was called with the reason. */
export function tryWindowsKernel(onMissing: (reason: string) => void): WindowsKernel | undefined {
  try {
    return loadWindowsKernel();
  } catch (error) {
    onMissing(errorText(error).split("\n", 1)[0] ?? "");
    return undefined;
  }
}

export interface WindowsChildrenOptions {
  /** The worker's, for batch files. */
  readonly baseDirectory: string;
  /** Called with the reason why commands may outlive the worker. */
  readonly onUnsupervised: (reason: string) => void;
}

/** Puts this process into a job that nothing it starts can leave or outlive. */
export function openWindowsChildren({ baseDirectory, onUnsupervised }: WindowsChildrenOptions): WindowsSource {
  const kernel = tryWindowsKernel(onUnsupervised);
  const ownJob = kernel?.createJob({ killOnClose: true });
  const isIn = kernel !== undefined && ownJob !== undefined && kernel.assign(ownJob, kernel.ownProcess());
  if (kernel !== undefined && !isIn) onUnsupervised("Windows does not allow this process a job of its own");
  return new WindowsSource({ baseDirectory, kernel, ownJob: isIn ? ownJob : undefined });
}
