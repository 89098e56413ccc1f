// A control group (cgroup v2) for each command, below the worker's own group, which the worker never leaves. A process
// cannot escape from its group, and the kernel kills a whole group at once. Knows only the pids of commands.
import { mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../../base/error-code.ts";
import { signalProcess } from "./signals.ts";
import { readSystemFile, writeSystemFile } from "./system-file.ts";

/** The group of one command. */
export interface ControlGroup {
  /** Name of its directory, below that of the worker's group. */
  readonly name: string;
  /** Adds a process, if permitted and if it still exists. */
  add(pid: number): void;
  /** The text of one of its files; undefined if the kernel has none. */
  readonly read: (file: string) => string | undefined;
  /** Its processes; none when it is gone. */
  pids(): readonly number[];
  /** Sends SIGKILL to all its processes, including those that are just being started. */
  kill(): void;
  /** The command has ended. The group is removed as soon as it is empty. */
  release(): void;
}

/** The first number is the pid of the worker that created it. */
const GROUP_NAME = /^buildhand-(\d+)-\d+$/;

/** Groups of ended commands with leftover processes; older ones are forgotten, and removed by a later start. */
const WAITING_LIMIT = 100;

export class ControlGroups {
  /** The worker's own group. */
  readonly directory: string;
  #count = 0;
  #waiting: string[] = [];

  /** Removes empty groups of dead workers. */
  constructor(directory: string) {
    this.directory = directory;
    for (const name of groupsIn(directory)) {
      const pid = GROUP_NAME.exec(name)?.[1];
      if (pid !== undefined && !signalProcess(Number(pid), 0)) this.#release(join(directory, name));
    }
  }

  /** Moves a process that was just started into its own group. Undefined if that fails. */
  place(pid: number): ControlGroup | undefined {
    this.removeEmpty();
    const name = this.#newName();
    if (name === undefined) return undefined; // the next command tries again
    const directory = join(this.directory, name);
    if (writeSystemFile(join(directory, "cgroup.procs"), String(pid)) === undefined)
      return this.#group(name, directory);
    this.#release(directory);
    return undefined;
  }

  /** Retries removing groups that were not empty. */
  removeEmpty(): void {
    if (this.#waiting.length > 0) this.#waiting = this.#waiting.filter((directory) => !removeGroup(directory));
  }

  #group(name: string, directory: string): ControlGroup {
    const write = (file: string, text: string) => void writeSystemFile(join(directory, file), text); // it may be gone
    return {
      name,
      add: (pid) => write("cgroup.procs", String(pid)),
      read: (file) => readSystemFile(join(directory, file)),
      pids: () => readPids(directory),
      kill: () => write("cgroup.kill", "1"),
      release: () => this.#release(directory),
    };
  }

  #release(directory: string): void {
    if (!removeGroup(directory)) this.#waiting = [...this.#waiting, directory].slice(-WAITING_LIMIT);
  }

  /** Creates the directory; undefined if that fails. */
  #newName(): string | undefined {
    for (;;) {
      this.#count += 1;
      const name = `buildhand-${process.pid}-${this.#count}`;
      try {
        mkdirSync(join(this.directory, name));
        return name;
      } catch (error) {
        // A dead worker had the same pid, as in containers, and its leftover processes are still running.
        if (errorCode(error) !== "EEXIST") return undefined;
      }
    }
  }
}

function readPids(directory: string): readonly number[] {
  const text = readSystemFile(join(directory, "cgroup.procs")) ?? ""; // the group may be gone
  return text.split("\n").filter(Boolean).map(Number);
}

/** Removes it with its subgroups. Returns whether it is gone: the kernel keeps groups that are not empty. */
function removeGroup(directory: string): boolean {
  for (const name of groupsIn(directory)) removeGroup(join(directory, name));
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    return errorCode(error) === "ENOENT";
  }
}

function groupsIn(directory: string): readonly string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    return []; // it is gone
  }
}
