// A master in a process of its own, with workers that are played in it: test/fixtures/fake-worker-master.js.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { poll } from "../support/poll.ts";

const LINE_EVERY_MS = 5;

const modules = fileURLToPath(new URL("../../dist", import.meta.url));
const program = fileURLToPath(new URL("../fixtures/fake-worker-master.js", import.meta.url));

export interface MasterProcess {
  readonly child: ChildProcess;
  readonly printed: string[];
  readonly complained: string[];
  /** Resolves when all it printed has been read. */
  readonly ended: Promise<void>;
  ask(line: string): void;
  kill(): Promise<void>;
}

/** A directory, and the masters that were started in it. */
export class MasterProcesses {
  readonly directory = mkdtempSync(join(tmpdir(), "buildhand-master-process-"));
  readonly #running = new Set<ChildProcess>();

  /** `before` is for the shell, which then becomes the master. */
  start(before = ""): MasterProcess {
    if (!existsSync(modules)) throw new Error("dist/ is missing: run npm run build");
    const argv = [process.execPath, program, modules, this.directory, String(LINE_EVERY_MS)];
    const child = spawn("/bin/sh", ["-c", `${before} exec "$@"`, "sh", ...argv]);
    this.#running.add(child);
    const printed: string[] = [];
    const complained: string[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => printed.push(line));
    createInterface({ input: child.stderr }).on("line", (line) => complained.push(line));
    child.stdin.on("error", () => {}); // of one that is killed meanwhile
    const closed = new Promise<void>((resolve) => {
      child.once("close", () => resolve());
    });
    const ended = closed.then(() => void this.#running.delete(child));
    return {
      child,
      printed,
      complained,
      ended,
      ask: (line) => void child.stdin.write(`${line}\n`),
      kill: () => {
        child.kill("SIGKILL");
        return ended;
      },
    };
  }

  async started(before?: string): Promise<MasterProcess> {
    const master = this.start(before);
    await poll("the master to be ready", () => master.printed.includes("ready"));
    return master;
  }

  remove(): void {
    for (const child of this.#running) child.kill("SIGKILL");
    rmSync(this.directory, { recursive: true, force: true });
  }
}
