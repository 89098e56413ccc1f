// buildhand status: the status of the workers in base directories, as text or JSON. Loaded when it is called.
import { dirname, join, resolve } from "node:path";
import { systemClock } from "../base/clock.ts";
import { errorText } from "../base/errors.ts";
import { delay } from "../base/waiting.ts";
import { readTacConfig, readTacFile, type TacFile } from "../config/index.ts";
import {
  askStatus,
  EXIT_NOT_ATTACHED,
  EXIT_NOT_RUNNING,
  EXIT_STATUS_UNKNOWN,
  endOfLog,
  lastFailure,
  NOT_UNDERSTOOD,
  type ProcessStatus,
  pidPlace,
  readPidFile,
  workerLogPath,
} from "../daemon/index.ts";
import { findOwnWorker } from "../doctor/index.ts";
import type { ParsedOptions } from "./option-parser.ts";
import { type BasedirStatus, statusText } from "./status-text.ts";

const WATCH_INTERVAL_MS = 2000;
const LOG_END_BYTES = 64 * 1024;
const SHOWN_LINES = 3;
const CLEAR_SCREEN = "\u001b[H\u001b[2J";

const exitCodes: Readonly<Record<BasedirStatus["state"], number>> = {
  attached: 0,
  "not attached": EXIT_NOT_ATTACHED,
  "not running": EXIT_NOT_RUNNING,
  unknown: EXIT_STATUS_UNKNOWN,
};

/** Resolves to the highest exit code of all directories. Throws usage errors. */
export async function status({ flags, values, rest }: ParsedOptions): Promise<number> {
  const directories = (rest.length === 0 ? ["."] : rest).map((directory) => resolve(directory));
  for (;;) {
    const found: BasedirStatus[] = [];
    for (const directory of directories) found.push(await statusOf(directory, values));
    const text = found.map((one) => (flags.has("json") ? JSON.stringify(one) : statusText(one, Date.now()))).join("\n");
    console.log(flags.has("watch") && !flags.has("json") && process.stdout.isTTY ? CLEAR_SCREEN + text : text);
    if (!flags.has("watch")) return Math.max(...found.map(({ state }) => exitCodes[state]));
    await delay(systemClock, WATCH_INTERVAL_MS);
  }
}

async function statusOf(basedir: string, values: ParsedOptions["values"]): Promise<BasedirStatus> {
  const nothing = { basedir, reason: null, process: null, last_failure: null, log: [] };
  const unknown = (reason: string) => ({ ...nothing, state: "unknown", reason }) as const;
  const answer = await askStatus(basedir);
  if (answer.state === "unknown") return unknown(answer.reason);
  if (answer.state === "answered")
    return shownStatus({ ...nothing, process: answer.status }) ?? unknown(NOT_UNDERSTOOD);
  try {
    const tac = readTacFile(basedir);
    const pid = pidPlace(basedir, values.get("pidfile"));
    const found = readPidFile(pid);
    if (found.state === "unreadable") return unknown(`its pid file ${found.reason}`);
    const worker = findOwnWorker({ pid, logPath: undefined, label: "-" });
    if (worker !== undefined)
      return unknown(
        `process ${worker.pid} runs here and does not answer: it is buildbot-worker or an older buildhand, or its log shows the reason`,
      );
    const path = logPath(tac, values.get("logfile"));
    const log = path === undefined ? "" : endOfLog(path, LOG_END_BYTES);
    const lines = log.split("\n").filter((line) => line !== "");
    return { ...nothing, state: "not running", last_failure: lastFailure(log) ?? null, log: lines.slice(-SHOWN_LINES) };
  } catch (error) {
    return unknown(errorText(error));
  }
}

/** Undefined for an answer that is not the status of a process. */
function shownStatus(answered: Omit<BasedirStatus, "state"> & { readonly process: ProcessStatus }) {
  try {
    const isAttached = answered.process.workers.every(({ attached }) => attached);
    const found: BasedirStatus = { ...answered, state: isAttached ? "attached" : "not attached" };
    statusText(found, 0);
    return found;
  } catch {
    return undefined;
  }
}

/** The default path if buildbot.tac cannot be evaluated here, for example because it reads files of the worker's user. */
function logPath(tac: TacFile, given: string | undefined): string | undefined {
  try {
    return workerLogPath(readTacConfig(tac), given);
  } catch {
    return join(dirname(tac.path), "twistd.log");
  }
}
