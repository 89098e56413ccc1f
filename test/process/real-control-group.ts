// A real control group for a test, where this host lets us make one.
import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { poll } from "../support/poll.ts";

export interface RealGroup {
  readonly directory: string;
  /** Kills whoever is in it, and removes it with all groups below. */
  remove(): Promise<void>;
}

/** Why there can be none here; undefined when there can. */
export function lackOfControlGroups(): string | undefined {
  try {
    const directory = makeDirectory("probe");
    try {
      accessSync(join(directory, "cgroup.kill"), constants.W_OK);
    } finally {
      rmdirSync(directory);
    }
    return undefined;
  } catch (error) {
    return `no control group can be made here: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export function makeRealGroup(): RealGroup {
  const directory = makeDirectory(`${Date.now()}`);
  return {
    directory,
    async remove() {
      await poll("the control group to be removed", () => isRemoved(directory));
    },
  };
}

function makeDirectory(name: string): string {
  const mounts = readFileSync("/proc/self/mountinfo", "latin1").split("\n");
  const mountPoint = mounts.find((line) => line.includes(" - cgroup2 "))?.split(" ")[4];
  const path = /^0::(\/.*)$/m.exec(readFileSync("/proc/self/cgroup", "latin1"))?.[1];
  if (mountPoint === undefined || path === undefined) throw new Error("there is no cgroup v2");
  const directory = join(mountPoint, path, `test-of-buildhand-${process.pid}-${name}`);
  mkdirSync(directory);
  return directory;
}

function isRemoved(directory: string): boolean {
  try {
    writeFileSync(join(directory, "cgroup.kill"), "1");
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) rmdirSync(join(directory, entry.name));
    }
    rmdirSync(directory);
    return true;
  } catch {
    return false; // somebody is in it still
  }
}
