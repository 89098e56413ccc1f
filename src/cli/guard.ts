// Cleans up after a command that uses a temporary directory, even if this process is killed: a shell waits for its exit, stops
// the registered processes, and removes the directory. The supervisor of process/crash-safety/ cannot do that: it kills the whole
// process tree at once, and so would kill the demo's worker together with the worker's own supervisor, before either could stop
// the running commands.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemReason } from "../base/system-error.ts";
import { masterErrors } from "../master/index.ts";

/** Between SIGTERM and SIGKILL, in tenths of a second: longer than a worker takes to stop. */
const STOP_TENTHS = 200;
/** How often removal of the directory is attempted, every tenth of a second: an unregistered process may still write to it. */
const REMOVAL_ATTEMPTS = 100;
/** Random bytes of a name that is unique and cannot be guessed. */
const NAME_BYTES = 9;
const OWN_DIRECTORY_MODE = 0o700;

/** Reads process ids, one a line, until `end` or `keep`, which leaves the directory. $1 is the directory. */
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
  left=${STOP_TENTHS}
  while kill -0 "$pid" && [ $left -gt 0 ]; do sleep 0.1; left=$((left - 1)); done
  kill -KILL "$pid"
done
[ -n "$keep" ] && exit 0
left=${REMOVAL_ATTEMPTS}
until chmod -R u+rwx "$1"; rm -rf "$1" || [ $left -eq 0 ]; do sleep 0.1; left=$((left - 1)); done
`;

export interface GuardedDirectory {
  /** Absolute. */
  readonly path: string;
  /** Registers a process that must end with this one. */
  watch(pid: number): void;
  /** Stops the registered processes, and removes the directory unless `keep` is set. */
  end(options?: { readonly keep: boolean }): Promise<void>;
}

/** Creates a temporary directory that only its owner can access. Throws ERR_CONFIG_FILE. */
export function guardedDirectory(prefix: string): GuardedDirectory {
  const path = join(tmpdir(), `${prefix}${randomBytes(NAME_BYTES).toString("base64url")}`);
  // Started first, so that the directory never exists without a process that removes it.
  const shell = spawn("/bin/sh", ["-c", SCRIPT, "sh", path], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  const gone = once(shell, "exit").catch(() => {}); // a failure to start is reported by 'error'
  shell.stdin.on("error", () => {}); // the shell has exited
  const send = (line: string) => shell.stdin.write(`${line}\n`);
  try {
    mkdirSync(path, { mode: OWN_DIRECTORY_MODE });
  } catch (error) {
    send("keep");
    throw masterErrors.configFile.from(error, path, `cannot be created: ${systemReason(error)}`);
  }
  return {
    path,
    watch: (pid) => void send(String(pid)),
    async end({ keep } = { keep: false }) {
      send(keep ? "keep" : "end");
      shell.stdin.end();
      await gone;
      if (!keep) rmSync(path, { recursive: true, force: true });
    },
  };
}
