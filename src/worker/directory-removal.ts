// Removes a directory below the base directory with the rmdir command, without a master.
import type { CommandUpdate } from "../base/command-update.ts";
import { type CommandFailure, type CommandPeer, rmdir } from "../commands/index.ts";
import { startCommand } from "./running-command.ts";
import type { WorkerSettings } from "./settings.ts";

/** Limit of the kept standard error. */
const ERROR_OUTPUT_LIMIT_CHARS = 1000;

export interface DirectoryRemoval {
  /** Resolves to the reason of a failure, or undefined; never rejects. */
  readonly done: Promise<string | undefined>;
  /** Kills the program that removes it. */
  stop(): void;
}

export type RemovalSettings = Omit<WorkerSettings, "log" | "numcpus" | "deleteLeftoverDirs" | "version" | "commands">;

/** `path` is absolute, decoded from the encoding of file names. */
export function startRemoval(path: string, { onBug, ...settings }: RemovalSettings): DirectoryRemoval {
  const peer = new RemovalPeer();
  const command = startCommand({
    id: `rmdir ${path}`,
    definition: rmdir,
    args: new Map<string, string | boolean>([
      ["dir", path],
      ["logEnviron", false],
    ]),
    peer,
    context: { ...settings, builderDirectory: settings.baseDirectory, log: () => {}, admission: undefined },
    onBug,
  });
  return { done: command.done.then(() => peer.problem), stop: () => command.interrupt() };
}

class RemovalPeer implements CommandPeer {
  #rc = 0;
  #errorOutput = "";
  #failure: CommandFailure | undefined;

  get problem(): string | undefined {
    if (this.#failure !== undefined) return this.#failure.message;
    if (this.#rc === 0) return undefined;
    return this.#errorOutput.trim().replaceAll("\n", "; ") || `rm ended with ${this.#rc}`;
  }

  async update(updates: readonly CommandUpdate[]): Promise<boolean> {
    for (const update of updates) {
      if (update.key === "rc") this.#rc = update.rc;
      if (update.key !== "stderr") continue;
      this.#errorOutput = (this.#errorOutput + String(Buffer.from(update.text))).slice(0, ERROR_OUTPUT_LIMIT_CHARS);
    }
    return true;
  }

  complete(failure?: CommandFailure): void {
    this.#failure = failure;
  }

  release(): void {}

  onCongestion(): void {}

  fileWriter(): never {
    throw new TypeError("rmdir does not write a file of the master");
  }

  fileReader(): never {
    throw new TypeError("rmdir does not read a file of the master");
  }
}
