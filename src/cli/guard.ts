// Sees to it that nothing is left of a command of ours that uses a temporary directory, even if this process is killed: a
// shell waits for its end, ends the processes that it was told of, and removes the directory. Not the supervisor of
// process/crash-safety/: that kills at once and by descent, and so would kill the demo's worker together with the worker's own
// supervisor, before either could end what runs on it.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemReason } from "../base/system-error.ts";
import { masterErrors } from "../master/index.ts";

/** Between the order to end and SIGKILL, in tenths of a second: longer than a worker takes to stop. */
const PATIENCE = 200;
/** How often a directory is tried to be removed, every tenth of a second: a program of ours that was not told of may write there. */
const REMOVALS = 100;
/** Of a name that nobody else has, nor guesses. */
const NAME_BYTES = 9;
const OWN_DIRECTORY_MODE = 0o700;

/** A line that is no number ends it: `keep` leaves the directory. $1 is the directory. */
const SCRIPT = `
trap '' INT TERM HUP QUIT
PATH=$PATH:/usr/bin:/bin
pids=
keep=
while read -r line; do
  case $line in keep) keep=1; break;; end) break;; *) pids="$pids $line";; esac
done
exec <&- >/dev/null 2>&1
cd /
for pid in $pids; do kill -TERM "$pid"; done
for pid in $pids; do
  left=${PATIENCE}
  while kill -0 "$pid" && [ $left -gt 0 ]; do sleep 0.1; left=$((left - 1)); done
  kill -KILL "$pid"
done
[ -n "$keep" ] && exit 0
left=${REMOVALS}
until chmod -R u+rwx "$1"; rm -rf "$1" || [ $left -eq 0 ]; do sleep 0.1; left=$((left - 1)); done
`;

export interface GuardedDirectory {
  /** Absolute. */
  readonly path: string;
  /** A process that is to end with this one. */
  watch(pid: number): void;
  /** Ends what is watched, and removes the directory unless it is to be kept. */
  end(options?: { readonly keep: boolean }): Promise<void>;
}

/** Makes a temporary directory, for its owner alone. Throws ERR_CONFIG_FILE. */
export function guardedDirectory(prefix: string): GuardedDirectory {
  const path = join(tmpdir(), `${prefix}${randomBytes(NAME_BYTES).toString("base64url")}`);
  // First, so that there is no moment in which the directory is there and nobody removes it.
  const shell = spawn("/bin/sh", ["-c", SCRIPT, "sh", path], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  const gone = once(shell, "exit").catch(() => {}); // one that cannot be started says so in 'error'
  shell.stdin.on("error", () => {}); // it has ended, and so has what it would do
  const tell = (line: string) => shell.stdin.write(`${line}\n`);
  try {
    mkdirSync(path, { mode: OWN_DIRECTORY_MODE });
  } catch (error) {
    tell("keep");
    throw masterErrors.configFile.from(error, path, `cannot be made: ${systemReason(error)}`);
  }
  return {
    path,
    watch: (pid) => void tell(String(pid)),
    async end({ keep } = { keep: false }) {
      tell(keep ? "keep" : "end");
      shell.stdin.end();
      await gone;
      if (!keep) rmSync(path, { recursive: true, force: true });
    },
  };
}
