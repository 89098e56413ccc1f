// The built program as a process, with its own directory for temporary files, where leftovers can be found.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { poll } from "../support/poll.ts";
import { type CommandResult, commandLine, PROGRAM } from "./command-line.ts";

/** A worker may take some seconds to stop. */
const EMPTIED_WITHIN_MS = 60_000;

export interface Run {
  readonly child: ChildProcess;
  readonly printed: () => string;
  readonly errors: () => string;
  /** Exit code, or the name of the signal. */
  readonly ended: Promise<number | string>;
}

export class Place {
  readonly home = mkdtempSync(join(tmpdir(), "buildhand-place-"));
  /** TMPDIR of the programs that run here. */
  readonly temporary = join(this.home, "tmp");
  readonly #runs: Run[] = [];

  constructor() {
    mkdirSync(this.temporary);
  }

  run(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Run {
    const child = spawn(process.execPath, [PROGRAM, ...words], {
      cwd: this.home,
      env: { ...process.env, TMPDIR: this.temporary, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [printed, complaints] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      complaints += chunk.toString();
    });
    const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
    const run = { child, printed: () => printed, errors: () => complaints, ended };
    this.#runs.push(run);
    return run;
  }

  /** A command that this process runs itself, to its end. */
  command(...words: readonly string[]): Promise<CommandResult> {
    return commandLine(words, { cwd: this.home, environment: { TMPDIR: this.temporary } });
  }

  /** Leftovers: files in this directory, and processes with it in their environment. */
  leftovers(): readonly string[] {
    return [...readdirSync(this.temporary), ...processesOf(this.temporary)];
  }

  async emptied(): Promise<void> {
    await poll("an end of all that was begun", () => this.leftovers().length === 0, { deadlineMs: EMPTIED_WITHIN_MS });
  }

  async close(): Promise<void> {
    for (const { child, ended } of this.#runs) {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.home, { recursive: true, force: true });
  }
}

function processesOf(directory: string): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, "latin1").includes(`TMPDIR=${directory}\0`);
    } catch {
      return false; // it has ended, or is somebody else's
    }
  });
}
