// The processes of a system without /proc, as `ps` lists them, in the options and columns that macOS and the BSDs share.
// Loaded only there. A call takes some 20 to 50 ms: never call it while a command is started or ends by itself.
import { execFile, spawnSync } from "node:child_process";
import { isMac } from "../../base/platform.ts";
import { COOKIE_NAME } from "./command-cookie.ts";
import type { ListedProcess } from "./process-list.ts";
import { TICKS_PER_SECOND } from "./process-stat.ts";

/** One option for each, since a column's title extends to the end of its argument. */
const COLUMNS = ["pid=", "ppid=", "pgid=", "stat=", "lstart=", "ucomm="].flatMap((column) => ["-o", column]);
const COMMAND_LINES = ["-ww", "-o", "pid=", "-o", "command="];
/** Shows the environment behind the arguments, if the system permits it. */
export const WITH_ENVIRONMENT = isMac ? "-E" : "-e";

/** English dates in one time zone, and the system's own `ps`. */
const ENVIRONMENT = { PATH: "/bin:/usr/bin", LC_ALL: "C", TZ: "UTC" };
const TIME_LIMIT_MS = 5000;
/** All environments of a busy host take a few MiB. */
const OUTPUT_LIMIT_BYTES = 32 * 1024 * 1024;

const OPTIONS = {
  env: ENVIRONMENT,
  encoding: "latin1",
  timeout: TIME_LIMIT_MS,
  killSignal: "SIGKILL",
  maxBuffer: OUTPUT_LIMIT_BYTES,
} as const;

/** The running processes; undefined if `ps` does not list them. */
export async function psProcesses(): Promise<readonly ListedProcess[] | undefined> {
  return processesIn(await run(["-ax", ...COLUMNS]));
}

/** The same, blocking. */
export function psProcessesNow(): readonly ListedProcess[] | undefined {
  return processesIn(runNow(["-ax", ...COLUMNS]));
}

/** The pids whose environment is shown and contains the cookie; undefined as above. */
export async function psBearers(cookie: string): Promise<ReadonlySet<number> | undefined> {
  const text = await run(["-ax", WITH_ENVIRONMENT, ...COMMAND_LINES]);
  if (text === undefined) return undefined;
  const bearers = text.split("\n").filter((line) => `${line} `.includes(` ${COOKIE_NAME}=${cookie} `));
  return new Set(bearers.map((line) => Number.parseInt(line, 10)));
}

/** Blocks. Undefined if there is no such process, or `ps` does not show it. */
export function psProcess(pid: number) {
  const [listed] = processesIn(runNow(["-p", String(pid), ...COLUMNS])) ?? [];
  const commandLine = runNow(["-p", String(pid), ...COMMAND_LINES])?.trim();
  if (listed === undefined || commandLine === undefined) return undefined;
  return {
    /** Since 1970, accurate to a second. */
    startedMs: (listed.startTicks / TICKS_PER_SECOND) * 1000,
    /** Its program and arguments, separated by blanks. */
    commandLine: commandLine.slice(String(pid).length).trim(),
  };
}

function run(args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile("ps", args, OPTIONS, (error, stdout) => resolve(error === null ? stdout : undefined));
  });
}

function runNow(args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync("ps", args, OPTIONS);
  return status === 0 ? stdout : undefined;
}

/** Undefined for a text without processes. */
function processesIn(text = ""): readonly ListedProcess[] | undefined {
  const found = text.split("\n").flatMap((line) => processIn(line) ?? []);
  if (found.length === 0) return undefined;
  return found.filter(({ state }) => !state.startsWith("Z")).map(({ process }) => process);
}

function processIn(line: string): { readonly state: string; readonly process: ListedProcess } | undefined {
  const [pid, parent, group, state = "", , month, day, time, year, ...program] = line.trim().split(/ +/);
  const startedMs = Date.parse(`${day} ${month} ${year} ${time} UTC`);
  if (!/^\d+$/.test(pid ?? "") || Number.isNaN(startedMs)) return undefined;
  return {
    state,
    process: {
      pid: Number(pid),
      program: program.join(" "),
      parent: Number(parent),
      group: Number(group),
      // Not every ps shows it. A process that leaves its session leaves its group too.
      session: Number(group),
      startTicks: (startedMs / 1000) * TICKS_PER_SECOND,
      // E: it is exiting.
      ...(state.includes("E", 1) ? { isEnding: true } : {}),
    },
  };
}
