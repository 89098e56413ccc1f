// Connects to a Unix socket, as Twisted's `unix:` does.
import { readlinkSync } from "node:fs";
import { connect, type Socket } from "node:net";
import type { UnixEndpoint } from "./endpoint.ts";
import { type ConnectOptions, runStage } from "./stage.ts";
import { systemCause } from "./system-cause.ts";
import { untilConnected } from "./tcp.ts";

/** Resolves to a connected socket; rejects with the error of the stage TCP. */
export function connectUnix({ path, timeoutMs, lockfile }: UnixEndpoint, options: ConnectOptions): Promise<Socket> {
  return runStage({ stage: "TCP", timeoutMs, late: `no answer from ${path}` }, options, ({ succeed, fail }) => {
    if (lockfile && !isLocked(`${path}.lock`)) {
      fail(`cannot connect to ${path}: no running process holds the lock ${path}.lock`);
      return () => {};
    }
    return untilConnected(connect({ path }), {
      succeed,
      fail: (error) => fail(`cannot connect to ${path}: ${systemCause(error)}`, error),
    });
  });
}

/** Twisted's lock is a symbolic link whose target is the pid of its holder. */
function isLocked(link: string): boolean {
  try {
    const pid = Number(readlinkSync(link));
    if (!Number.isSafeInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It exists, but belongs to another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
