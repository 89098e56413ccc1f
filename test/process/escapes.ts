// Ways by which what a command starts leaves it, and a look at what is left of that. Every process that is started here
// has a variable of its own in its environment, by which a test finds it wherever it went.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { allPids, readProcess } from "../../src/process/tree/process-list.ts";

const SILENT = "</dev/null >/dev/null 2>&1";
const asleep = (name: string, before = "") => `sh -c '${before} echo ${name} $$; exec sleep 1000 ${SILENT}'`;

/** Each starts one process that prints its name and number, and goes on. */
const escapes: Readonly<Record<string, string>> = {
  background: `${asleep("background")} &`,
  session: `setsid ${asleep("session")} &`,
  daemon: `(setsid ${asleep("daemon", "cd /;")} &)`,
  nohup: `nohup ${asleep("nohup")} 2>/dev/null &`,
  group: `set -m; ${asleep("group")} & set +m`,
  deaf: `sh -c 'trap "" TERM INT HUP; echo deaf $$; while :; do sleep 1000; done ${SILENT}' &`,
  stopped: `sh -c 'echo stopped $$; kill -STOP $$' &`,
  holder: `setsid sh -c 'echo holder $$; exec sleep 1000' &`,
};

export const escapeNames = Object.keys(escapes);

/** Starts all of them, and prints `ready` behind their lines. */
export const startEscapes = `${Object.values(escapes).join("\n")}\nwait_for_them() { sleep 0.2; }\nwait_for_them; echo ready`;

/** A script that starts its successor and ends, so often. It needs its own path and the count. */
export const stormScript = `
[ "$1" -gt 0 ] || exit 0
$START sh "$0" $(($1 - 1)) ${SILENT} &
`;

export interface Mark {
  readonly env: Readonly<Record<string, string>>;
  /** Who has it, runs, and is not just ending. */
  readonly bearers: () => readonly number[];
}

/** A variable that nobody has yet. */
export function newMark(): Mark {
  const value = randomUUID();
  return {
    env: { ESCAPE_TEST: value },
    bearers: () => allPids().filter((pid) => readProcess(pid) !== undefined && hasInEnvironment(pid, value)),
  };
}

function hasInEnvironment(pid: number, value: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").includes(`ESCAPE_TEST=${value}`);
  } catch {
    return false; // another user's, or gone
  }
}
