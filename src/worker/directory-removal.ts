// Removes one directory below the base directory the way that the command rmdir does, for nobody but the log.
import type { CommandUpdate } from "../base/command-update.ts";
import { type CommandFailure, type CommandPeer, rmdir } from "../commands/index.ts";
import { startCommand } from "./running-command.ts";
import type { WorkerSettings } from "./settings.ts";

/** What is kept of the complaints of programs. */
const COMPLAINT_LIMIT = 1000;

export interface DirectoryRemoval {
  /** Resolves to why it could not be removed, undefined when it was; never rejects. */
  readonly done: Promise<string | undefined>;
  /** Kills what removes it. */
  stop(): void;
}

export type RemovalSettings = Omit<WorkerSettings, "log" | "numcpus" | "deleteLeftoverDirs" | "version" | "commands">;

/** `path` is absolute, and text in the encoding of file names. */
export function startRemoval(path: string, { onBug, ...settings }: RemovalSettings): DirectoryRemoval {
  const peer = new ListeningPeer();
  const command = startCommand({
    id: `rmdir ${path}`,
    definition: rmdir,
    args: new Map<string, string | boolean>([
      ["dir", path],
      ["logEnviron", false],
    ]),
    peer,
    context: { ...settings, builderDirectory: settings.baseDirectory, log: () => {} },
    onBug,
  });
  return { done: command.done.then(() => peer.problem), stop: () => command.interrupt() };
}

class ListeningPeer implements CommandPeer {
  #rc = 0;
  #complaints = "";
  #failure: CommandFailure | undefined;

  get problem(): string | undefined {
    if (this.#failure !== undefined) return this.#failure.message;
    if (this.#rc === 0) return undefined;
    return this.#complaints.trim().replaceAll("\n", "; ") || `rm ended with ${this.#rc}`;
  }

  async update(updates: readonly CommandUpdate[]): Promise<boolean> {
    for (const update of updates) {
      if (update.key === "rc") this.#rc = update.rc;
      if (update.key !== "stderr") continue;
      this.#complaints = (this.#complaints + String(Buffer.from(update.text))).slice(0, COMPLAINT_LIMIT);
    }
    return true;
  }

  complete(failure?: CommandFailure): void {
    this.#failure = failure;
  }

  release(): void {}

  onCongestion(): void {}

  fileWriter(): never {
    throw new TypeError("rmdir writes no file of a master");
  }

  fileReader(): never {
    throw new TypeError("rmdir reads no file of a master");
  }
}
