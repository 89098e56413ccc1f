// Both programs as people call them from a shell: by the name buildbot-worker, to the end of the command.
import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Installation, install } from "../../daemon/worker-program.ts";
import { BUILDBOT_WORKER } from "./availability.ts";
import type { WorkerKind } from "./worker-process.ts";

/** The longest command is a start that waits for its worker, for ten seconds, after a stop that took as long. */
const DEADLINE_MS = 180_000;

export interface CommandEnd {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly printed: string;
  readonly complained: string;
}

export interface CommandLines {
  /** What stands first in a shell's command line; ours is a link named buildbot-worker. */
  readonly programs: Readonly<Record<WorkerKind, string>>;
  /** Resolves when the command has ended, whatever its exit status. */
  run(kind: WorkerKind, argv: readonly string[], cwd?: string): Promise<CommandEnd>;
  remove(): Promise<void>;
}

/** Puts the program that was built beside the installed one. */
export function commandLines(): CommandLines {
  const installation: Installation = install();
  const directory = mkdtempSync(join(tmpdir(), "buildhand-link-"));
  chmodSync(directory, 0o755);
  const link = join(directory, "buildbot-worker");
  symlinkSync(installation.executable, link);
  const programs = { python: BUILDBOT_WORKER, buildhand: link };
  return {
    programs,
    run: (kind, argv, cwd = "/") => runCommand(programs[kind], argv, cwd),
    async remove() {
      await installation.remove();
      rmSync(directory, { recursive: true });
    },
  };
}

function runCommand(file: string, argv: readonly string[], cwd: string): Promise<CommandEnd> {
  const env = { HOME: tmpdir(), LANG: "C.UTF-8", PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
  return new Promise((resolve, reject) => {
    const child = execFile(file, argv, { cwd, env, timeout: DEADLINE_MS }, (error, printed, complained) => {
      if (error !== null && typeof error.code === "string") reject(error);
      else resolve({ code: child.exitCode, printed, complained });
    });
  });
}
