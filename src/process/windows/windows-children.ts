// Starts programs on Windows: a command for cmd.exe as a batch file, which is how it gets more than one line or quotes, an
// absolute .exe directly; each in a job of its own, within one that ends everything when the worker ends.
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorText } from "../../base/errors.ts";
import { type ChildSource, childOnNodeStreams, ReportedChild } from "../spawn/index.ts";
import { JobTree } from "./job-tree.ts";
import { loadWindowsKernel, type WindowsKernel } from "./kernel.ts";

/**
 * For batch files, in the base directory, with access rights that it inherits. They may contain secrets: each is removed when its
 * command has ended, and all of a dead worker at the next start.
 */
const DIRECTORY_NAME = ".buildhand-commands";

/** Other programs, such as a virus scanner, may have a file open for a moment. */
const REMOVAL = { recursive: true, force: true, maxRetries: 3, retryDelay: 20 };

export interface WindowsChildrenOptions {
  /** The worker's, for batch files. */
  readonly baseDirectory: string;
  /** Called with the reason why commands may outlive the worker. */
  readonly onUnsupervised: (reason: string) => void;
}

/** Puts this process into a job that nothing it starts can leave or outlive. */
export function openWindowsChildren({
  baseDirectory,
  onUnsupervised,
}: WindowsChildrenOptions): ChildSource & { close(): void } {
  const kernel = kernelOrUndefined(onUnsupervised);
  const job = kernel?.createJob({ killOnClose: true });
  const isIn = kernel !== undefined && job !== undefined && kernel.assign(job, kernel.ownProcess());
  if (kernel !== undefined && !isIn) onUnsupervised("Windows does not allow this process a job of its own");
  const ownJob = isIn ? job : undefined;
  const directory = join(baseDirectory, DIRECTORY_NAME);
  remove(directory);
  return {
    spawn({ argv, batch, cwd, env, withInput }) {
      const path = batch && writeBatch(directory, batch);
      const [file = "", ...args] = path === undefined ? argv : commandInterpreter(env["COMSPEC"], path);
      const stdin = withInput ? "pipe" : "ignore";
      let child: ChildProcess;
      try {
        child = spawn(file, args, { cwd, env, stdio: [stdin, "pipe", "pipe"], windowsHide: true });
      } catch (error) {
        remove(path); // for example a NUL in a variable
        throw error;
      }
      const { pid } = child;
      if (pid === undefined) {
        remove(path);
        return childOnNodeStreams(child);
      }
      const reported = new ReportedChild(pid);
      // A crash has a code such as 0xC0000005, which Python reports as a negative number.
      child.once("exit", (code, signal) => reported.noteExit(code === null ? null : code | 0, signal));
      const piped = childOnNodeStreams(child, reported);
      const tree = new JobTree({ kernel, ownJob, leaderPid: pid });
      return {
        ...piped,
        tree,
        // What was printed before a kill is in a pipe that only Node reads.
        isRelayed: true,
        release() {
          piped.release();
          // cmd.exe reads the file while it runs.
          remove(path);
        },
      };
    },
    close: () => remove(directory),
  };
}

function kernelOrUndefined(onMissing: (reason: string) => void): WindowsKernel | undefined {
  try {
    return loadWindowsKernel();
  } catch (error) {
    onMissing(errorText(error).split("\n", 1)[0] ?? "");
    return undefined;
  }
}

/** Returns the path of a new file. */
function writeBatch(directory: string, content: Buffer): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${randomUUID()}.bat`);
  writeFileSync(path, content, { flag: "wx", mode: 0o600 });
  return path;
}

/** What is in use is removed later, with its directory. */
function remove(path: string | undefined): void {
  try {
    if (path !== undefined) rmSync(path, REMOVAL);
  } catch {
    // by `close`, or the next start
  }
}

/** COMSPEC may have arguments of its own. */
function commandInterpreter(comspec = "cmd.exe", path: string): readonly string[] {
  const words = comspec.split(/\s+/).filter(Boolean);
  return [...words, ...(words.includes("/c") ? [] : ["/c"]), path];
}
