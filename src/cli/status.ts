// buildhand status: what the workers of base directories are doing, for people and for programs. Loaded when it is asked for.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
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
  lastFailure,
  NOT_UNDERSTOOD,
  type ProcessStatus,
  pidPlace,
  readPidFile,
  workerLogPath,
} from "../daemon/index.ts";
import { type ParsedOptions, parseOptions } from "./option-parser.ts";
import { statusOptions } from "./status-options.ts";
import { type BasedirStatus, statusText } from "./status-text.ts";

const WATCH_MS = 2000;
/** Of a log's end. */
const READ_BYTES = 64 * 1024;
const SHOWN_LINES = 3;
const CLEAR_SCREEN = "\u001b[H\u001b[2J";

const exitCodes: Readonly<Record<BasedirStatus["state"], number>> = {
  attached: 0,
  "not attached": EXIT_NOT_ATTACHED,
  "not running": EXIT_NOT_RUNNING,
  unknown: EXIT_STATUS_UNKNOWN,
};

/** Resolves to the highest exit code of all directories. Throws usage errors. */
export async function status(argv: readonly string[]): Promise<number> {
  const options = parseOptions(statusOptions, argv);
  const { flags, rest } = options;
  const directories = (rest.length === 0 ? ["."] : rest).map((directory) => resolve(directory));
  for (;;) {
    const found: BasedirStatus[] = [];
    for (const directory of directories) found.push(await statusOf(directory, options));
    const text = found.map((one) => (flags.has("json") ? JSON.stringify(one) : statusText(one, Date.now()))).join("\n");
    console.log(flags.has("watch") && !flags.has("json") && process.stdout.isTTY ? CLEAR_SCREEN + text : text);
    if (!flags.has("watch")) return Math.max(...found.map(({ state }) => exitCodes[state]));
    await delay(systemClock, WATCH_MS);
  }
}

async function statusOf(basedir: string, options: ParsedOptions): Promise<BasedirStatus> {
  const nothing = { basedir, reason: null, process: null, last_failure: null, log: [] };
  const unknown = (reason: string) => ({ ...nothing, state: "unknown", reason }) as const;
  const answer = await askStatus(basedir);
  if (answer.state === "unknown") return unknown(answer.reason);
  if (answer.state === "answered")
    return shownStatus({ ...nothing, process: answer.status }) ?? unknown(NOT_UNDERSTOOD);
  const found = readPidFile(pidPlace(basedir, options.values.get("pidfile")));
  if (found.state === "unreadable") return unknown(`its pid file ${found.reason}`);
  if (found.state === "running") {
    return unknown(`process ${found.pid} runs here and tells nothing: buildbot-worker, or an older buildhand`);
  }
  try {
    const log = endOfLog(readTacFile(basedir), options.values.get("logfile"));
    const lines = log.split("\n").filter((line) => line !== "");
    return { ...nothing, state: "not running", last_failure: lastFailure(log) ?? null, log: lines.slice(-SHOWN_LINES) };
  } catch (error) {
    return unknown(errorText(error));
  }
}

/** Undefined for what cannot be shown, as it is the status of no process. */
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

/** Empty when there is none. */
function endOfLog(tac: TacFile, given: string | undefined): string {
  const path = logPath(tac, given);
  let descriptor: number | undefined;
  try {
    if (path === undefined) return "";
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size, READ_BYTES));
    return bytes.toString("utf8", 0, readSync(descriptor, bytes, 0, bytes.length, size - bytes.length));
  } catch {
    return ""; // no log, or none that we may read
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Of a buildbot.tac that cannot be evaluated here, since it reads what only its worker's user may, it is the usual one. */
function logPath(tac: TacFile, given: string | undefined): string | undefined {
  try {
    return workerLogPath(readTacConfig(tac), given);
  } catch {
    return join(dirname(tac.path), "twistd.log");
  }
}
