// Runs of programs on PTYs, and what tests look for after them.
import { readdirSync, readFileSync } from "node:fs";
import { systemClock } from "../../src/base/clock.ts";
import { holdPtyBinding } from "../../src/process/pty/pty-binding.ts";
import { ptySource } from "../../src/process/pty/pty-child.ts";
import type { ChildSource } from "../../src/process/spawn/piped-child.ts";

const binding = holdPtyBinding();

/** PTYs whose output comes through `pipes`; throws where there are none. */
export function ptysOver(pipes: ChildSource): ChildSource {
  const loaded = binding.load();
  if (loaded.type === "unavailable") throw new Error(loaded.reason);
  return ptySource({ binding: loaded.binding, pipes, clock: systemClock });
}

/** Prints that many bytes, all in one line, as its last act. */
export function flood(sizeBytes: number): string[] {
  return ["sh", "-c", `head -c ${sizeBytes} /dev/zero | tr '\\0' x`];
}

/** The numbers of all that this process has open. */
export function openDescriptors(): string[] {
  return readdirSync("/proc/self/fd");
}

/** The pids of our children, zombies too. */
export function childPids(): string[] {
  return readdirSync("/proc/self/task").flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, "latin1").split(" ").filter(Boolean),
  );
}
