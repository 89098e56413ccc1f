// Numbers in sentences of the reference pages, each beside the constant that it comes from.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { subcommands } from "../../src/cli/subcommands.ts";
import { ownOptionRows } from "../../src/config/own-options.ts";
import { numberOf } from "../support/source-constants.ts";

const [SECOND, MINUTE, DAY] = [1000, 60_000, 24 * 60 * 60_000];
const KIB = 1024;

/** The page and its words, the value that they state, and where the sources have it. */
const rows: readonly (readonly [page: string, words: string, value: number, file: string, constant: string])[] = [
  ["connection", "by default 30 seconds, for each", 30 * SECOND, "transport/endpoint.ts", "DEFAULT_TIMEOUT_MS"],
  [
    "connection",
    "30 seconds until the master's greeting",
    30 * SECOND,
    "worker/pb/pb-connection.ts",
    "GREETING_LIMIT_MS",
  ],
  ["connection", "then 2 minutes of silence", 2 * MINUTE, "worker/pb/pb-connection.ts", "LOGIN_SILENCE_LIMIT_MS"],
  ["connection", "10 minutes in total", 10 * MINUTE, "worker/pb/pb-connection.ts", "LOGIN_LIMIT_MS"],
  ["connection", "| attach | 60 seconds, doubled", 60 * SECOND, "worker/connection-loop.ts", "ATTACH_LIMIT_MS"],
  [
    "connection",
    "after each consecutive failure up to 10 minutes",
    10 * MINUTE,
    "worker/connection-loop.ts",
    "LONGEST_ATTACH_LIMIT_MS",
  ],
  [
    "connection",
    "after a connection was ready for ten seconds",
    10 * SECOND,
    "worker/connection-loop.ts",
    "HEALTHY_MS",
  ],
  ["connection", "Each has five seconds", 5 * SECOND, "transport/address-walk.ts", "ADDRESS_TIMEOUT_MS"],
  ["connection", "resolved for 15 seconds", 15 * SECOND, "transport/name-lookup.ts", "KNOWN_NAME_WAIT_MS"],
  ["connection", "logged at most once an hour", 60 * MINUTE, "worker/outages.ts", "REMINDER_MS"],
  ["connection", "TCP keepalives, after 60 seconds of silence", 60 * SECOND, "transport/tcp.ts", "TCP_KEEPALIVE_MS"],
  [
    "connection",
    "with 30 seconds for the answer",
    30 * SECOND,
    "worker/msgpack/msgpack-connection.ts",
    "HANDSHAKE_LIMIT_MS",
  ],
  [
    "connection",
    "every `keepalive` seconds and at least every 30",
    30 * SECOND,
    "worker/msgpack/msgpack-connection.ts",
    "LONGEST_PING_INTERVAL_MS",
  ],
  ["connection", "Messages above 16 MiB", 16 * KIB * KIB, "wire/msgpack/limits.ts", "messageBytes"],
  ["files", "removed after a week", 7 * DAY, "process/crash-safety/orphans.ts", "OLD_RECORD_MS"],
  ["files", "rotated at 1 000 000 bytes", 1_000_000, "config/tac-settings.ts", "DEFAULT_ROTATE_LENGTH_BYTES"],
  ["files", "At most 1000 directories", 1000, "worker/leftover-dirs.ts", "SWEEP_LIMIT"],
  ["files", "waits at most ten seconds for that", 10 * SECOND, "worker/running-commands.ts", "ABANDON_LIMIT_MS"],
  [
    "files",
    "The last 4 KiB that a lost command printed",
    4 * KIB,
    "worker/unacknowledged-output.ts",
    "LAST_OUTPUT_LIMIT_BYTES",
  ],
  [
    "exit-codes",
    "waits up to ten seconds until the worker is attached",
    10 * SECOND,
    "daemon/background.ts",
    "READY_DEADLINE_MS",
  ],
  [
    "exit-codes",
    "in `twistd.pid` and waits up to ten seconds",
    10 * SECOND,
    "daemon/stop-worker.ts",
    "STOP_DEADLINE_MS",
  ],
  ["exit-codes", "detected within ten seconds", 10 * SECOND, "daemon/shutdown-stamp.ts", "POLL_MS"],
  ["exit-codes", "for at most fifteen seconds", 15 * SECOND, "daemon/foreground.ts", "STOP_LIMIT_MS"],
  ["exit-codes", "Two seconds after `Server Shut Down.`", 2 * SECOND, "daemon/leave.ts", "THREADS_LIMIT_MS"],
  ["status", "repeats the query every two seconds", 2 * SECOND, "cli/status.ts", "WATCH_INTERVAL_MS"],
  ["status", "sends nothing for four seconds", 4 * SECOND, "doctor/master/probe-master.ts", "SHORT_SILENCE_MS"],
  ["status", "the hundred oldest commands", 100, "worker/worker-report.ts", "MOST_LISTED"],
  ["buildbot-tac", "for at most ten seconds", 10, "cli/tac/import.ts", "LIMIT_SECONDS"],
  ["builds", "until no process is left, for four seconds", 4 * SECOND, "process/tree/sweep.ts", "SWEEP_LIMIT_MS"],
  ["builds", "lists them after five seconds", 5 * SECOND, "process/run/open-output-wait.ts", "HELD_OUTPUT_MS"],
  ["builds", "When nine or more commands wait", 9 - 1, "process/spawn/spawn-queue.ts", "CROWD"],
  ["builds", "exits a minute after the last start", MINUTE, "process/spawn/launcher.ts", "IDLE_LIMIT_MS"],
  [
    "builds",
    "for a minute after the launcher could not be started",
    MINUTE,
    "process/spawn/launcher.ts",
    "RETRY_DELAY_MS",
  ],
  ["builds", "did not answer for 30 seconds", 30 * SECOND, "process/spawn/launcher.ts", "LAUNCH_LIMIT_MS"],
  ["builds", "for up to 30 s, until this has ended", 30 * SECOND, "worker/running-commands.ts", "REFUSAL_MS"],
  ["builds", "at most 200 processes", 200, "process/diagnosis/tree-report.ts", "EXAMINED_LIMIT"],
  ["builds", "1000 characters each", 1000, "commands/shell/tree-text.ts", "COMMAND_LINE_LIMIT_CHARS"],
  ["builds", "64 KiB in total", 64 * KIB, "commands/shell/tree-text.ts", "TREE_LIMIT_BYTES"],
  ["builds", "after at most 2 seconds", 2 * SECOND, "process/diagnosis/tree-report.ts", "EXAMINE_LIMIT_MS"],
  ["builds", "has less than 1 MiB or no inode left", KIB * KIB, "process/diagnosis/full-disks.ts", "LEAST_FREE_BYTES"],
  ["builds", "every two seconds while it runs", 2 * SECOND, "process/log-files/log-watch.ts", "LOG_POLL_INTERVAL_MS"],
  ["builds", "the first and the last 256 bytes", 256, "process/log-files/log-tail.ts", "END_BYTES"],
  ["builds", "every ten seconds the amount and the rate", 10 * SECOND, "commands/transfer-progress.ts", "INTERVAL_MS"],
  ["builds", "abandoned five seconds after it is interrupted", 5 * SECOND, "commands/abandon.ts", "ABANDON_MS"],
  ["builds", "After two minutes without an answer", 2 * MINUTE, "commands/shell/preflight.ts", "REACH_LIMIT_MS"],
  ["builds", "checked once a minute", MINUTE, "process/spawn/local-paths.ts", "KNOWN_FOR_MS"],
  [
    "builds",
    "nothing came from its log files for a minute",
    MINUTE,
    "commands/shell/log-watch-with-timeout.ts",
    "LOG_SILENCE_LIMIT_MS",
  ],
  ["master-workers", "Lines above 64 KiB are split", 64 * KIB, "master/workers/update-text.ts", "LINE_LIMIT_BYTES"],
];

test.each(rows)('%s.md says "%s", as the sources do', (page, words, value, file, constant) => {
  const text = readFileSync(`docs/reference/${page}.md`, "utf8").replaceAll(/\s+/g, " ");
  expect(text).toContain(words);
  expect(numberOf(file, constant)).toBe(value);
});

test("the README and the guide state the defaults of the options", () => {
  const { line_limit: lineLimit, drain_limit: drainLimit } = ownOptionRows;
  const createWorker = subcommands.find(({ name }) => name === "create-worker")?.options ?? [];
  const defaultOf = (name: string) => createWorker.find((option) => option.name === name)?.default;
  const defaults = [lineLimit.default, drainLimit.default, defaultOf("keepalive"), defaultOf("maxdelay")];
  expect(defaults.map(Number)).toEqual([60_000, 60 * 60, 10 * 60, 5 * 60]);
  const read = (page: string) => readFileSync(page, "utf8").replaceAll(/\s+/g, " ");
  expect(read("README.md")).toContain("kept whole up to 60 000 bytes");
  expect(read("docs/guide/services-and-containers.md")).toContain("for an hour at most (`--drain-limit`)");
  expect(read("docs/guide/set-up.md")).toContain("needs less than the default, ten minutes");
  expect(read("docs/guide/set-up.md")).toContain("The default is five minutes");
});
