// A control group (cgroup v2) for each command, below the worker's own, which the worker itself never leaves. Nothing that
// a process does takes it out of its group, and the kernel kills a group at once. Knows no commands but their pids.
import { mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../../base/error-code.ts";
import { signalProcess } from "./signals.ts";
import { readSystemFile, writeSystemFile } from "./system-file.ts";

/** The group of one command. */
export interface ControlGroup {
  /** Of its directory, below that of the worker's group. */
  readonly name: string;
  /** Puts one more in, if the system lets us and it is not gone already. */
  add(pid: number): void;
  /** Who is in it; none when it is gone. */
  pids(): readonly number[];
  /** Sends SIGKILL to all in it, and to all that are being started this moment. */
  kill(): void;
  /** The command is over. The group goes as soon as nobody is in it. */
  release(): void;
}

/** The number is the pid of the worker that made it. */
const GROUP_NAME = /^buildhand-(\d+)-\d+$/;

/** Groups of commands that are over and left processes; older ones are forgotten, for a later start to remove. */
const WAITING_LIMIT = 100;

export class ControlGroups {
  /** Of the worker's own group. */
  readonly directory: string;
  #count = 0;
  #waiting: string[] = [];

  /** Removes what workers that are gone left empty there. */
  constructor(directory: string) {
    this.directory = directory;
    for (const name of groupsIn(directory)) {
      const pid = GROUP_NAME.exec(name)?.[1];
      if (pid !== undefined && !signalProcess(Number(pid), 0)) this.#release(join(directory, name));
    }
  }

  /** Puts a process that was just started into a group of its own. Undefined when that is refused this time. */
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

  /** Tries again to remove what somebody was in still. */
  removeEmpty(): void {
    if (this.#waiting.length > 0) this.#waiting = this.#waiting.filter((directory) => !removeGroup(directory));
  }

  #group(name: string, directory: string): ControlGroup {
    const write = (file: string, text: string) => void writeSystemFile(join(directory, file), text); // it may be gone
    return {
      name,
      add: (pid) => write("cgroup.procs", String(pid)),
      pids: () => readPids(directory),
      kill: () => write("cgroup.kill", "1"),
      release: () => this.#release(directory),
    };
  }

  #release(directory: string): void {
    if (!removeGroup(directory)) this.#waiting = [...this.#waiting, directory].slice(-WAITING_LIMIT);
  }

  /** Of a directory that was made; undefined when the system refuses. */
  #newName(): string | undefined {
    for (;;) {
      this.#count += 1;
      const name = `buildhand-${process.pid}-${this.#count}`;
      try {
        mkdirSync(join(this.directory, name));
        return name;
      } catch (error) {
        // A worker that is gone had the same number, as in a container, and what it left is alive.
        if (errorCode(error) !== "EEXIST") return undefined;
      }
    }
  }
}

function readPids(directory: string): readonly number[] {
  const text = readSystemFile(join(directory, "cgroup.procs")) ?? ""; // the group may be gone
  return text.split("\n").filter(Boolean).map(Number);
}

/** With the groups that a command made in it. Whether it is gone: the kernel keeps one that somebody is in. */
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
