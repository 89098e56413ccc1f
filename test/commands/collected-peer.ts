// The master's end of a command, without a master: it keeps what it is told, and never answers.
import type { CommandUpdate } from "../../src/base/command-update.ts";
import type { CommandFailure, CommandPeer } from "../../src/commands/peer.ts";

export class CollectedPeer implements CommandPeer {
  readonly updates: unknown[][] = [];
  readonly completions: (CommandFailure | undefined)[] = [];

  async update(updates: readonly CommandUpdate[]): Promise<boolean> {
    for (const { key, ...rest } of updates) {
      this.updates.push([
        key,
        ...Object.values(rest).map((value) => (value instanceof Uint8Array ? String(value) : value)),
      ]);
    }
    return false;
  }

  complete(failure?: CommandFailure): void {
    this.completions.push(failure);
  }

  release(): void {}

  onCongestion(): void {}

  fileWriter(): never {
    throw new Error("no file is written here");
  }

  fileReader(): never {
    throw new Error("no file is read here");
  }
}
