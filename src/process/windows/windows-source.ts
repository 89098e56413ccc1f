// Starts programs on Windows: a command for cmd.exe as a batch file, an absolute .exe directly; each in a job of its own.
import { spawn } from "node:child_process";
import {
  type ChildSource,
  childOnNodeStreams,
  type PipedChild,
  ReportedChild,
  type SpawnRequest,
} from "../spawn/index.ts";
import { BatchFiles } from "./batch-files.ts";
import { JobTree } from "./job-tree.ts";
import type { Handle, WindowsKernel } from "./kernel.ts";

export interface WindowsSourceOptions {
  /** For batch files. */
  readonly baseDirectory: string;
  readonly kernel: WindowsKernel | undefined;
  readonly ownJob: Handle | undefined;
}

export class WindowsSource implements ChildSource {
  readonly #options: WindowsSourceOptions;
  readonly #batchFiles: BatchFiles;

  constructor(options: WindowsSourceOptions) {
    this.#options = options;
    this.#batchFiles = new BatchFiles(options.baseDirectory);
  }

  spawn({ argv, batch, cwd, env, withInput }: SpawnRequest): PipedChild {
    const path = batch === undefined ? undefined : this.#batchFiles.write(batch);
    const removeBatch = () => {
      if (path !== undefined) this.#batchFiles.remove(path);
    };
    const [file = "", ...args] = path === undefined ? argv : commandInterpreter(env["COMSPEC"], path);
    const child = spawn(file, args, {
      cwd,
      env,
      stdio: [withInput ? "pipe" : "ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    const { pid } = child;
    if (pid === undefined) {
      removeBatch();
      return childOnNodeStreams(child);
    }
    const reported = new ReportedChild(pid);
    // A crash has a code such as 0xC0000005, which Python reports as a negative number.
    child.once("exit", (code, signal) => reported.noteExit(code === null ? null : code | 0, signal));
    const piped = childOnNodeStreams(child, reported);
    const tree = new JobTree({ ...this.#options, leaderPid: pid });
    return {
      ...piped,
      tree,
      // What was printed before a kill is in a pipe that only Node reads.
      isRelayed: true,
      release() {
        piped.release();
        removeBatch();
      },
    };
  }

  close(): void {
    this.#batchFiles.close();
  }
}

/** COMSPEC may have arguments of its own. */
function commandInterpreter(comspec = "cmd.exe", path: string): readonly string[] {
  const words = comspec.split(/\s+/).filter(Boolean);
  return [...words, ...(words.includes("/c") ? [] : ["/c"]), path];
}
