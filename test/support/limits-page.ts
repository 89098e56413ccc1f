// docs/reference/limits.md: every limit that a user may meet, with its value as the sources have it.
import { bananaLimits } from "../../src/wire/banana/limits.ts";
import { numberOf } from "./source-constants.ts";

/** What is limited; the values, each `file below src/: constant`, in a text; what happens beyond. */
type Row = readonly [what: string, value: string, beyond: string];

const worker: readonly Row[] = [
  [
    "one message",
    "{wire/banana/limits.ts messageBytes}, {wire/banana/limits.ts depth} levels, {wire/banana/limits.ts messageElements} values",
    "the connection is closed",
  ],
  ["one string over PB", "{wire/banana/limits.ts stringBytes}", "the connection is closed"],
  ["builders", "{worker/worker.ts MOST_BUILDERS}", "the list is refused"],
  ["running commands", "{worker/running-commands.ts MOST_COMMANDS}", "the next one is refused"],
  [
    "time after which commands of a builder run beside a process that cannot be killed",
    "{worker/running-commands.ts REFUSAL_MS}",
    "a warning in the step's log",
  ],
  ["output that the master has not acknowledged", "`backlog_limit`", "commands are paused"],
  [
    "blocks of all transfers that the master has not acknowledged",
    "{worker/transfer-budget.ts TRANSFER_LIMIT_BYTES}",
    "transfers wait",
  ],
  ["one line of output", "`line_limit`", "it is split"],
  ["log files of one command", "{output/command-output.ts LOG_NAMES_LIMIT} names", "the command is refused"],
  [
    "names from `listdir` and `glob`",
    "{commands/file-names.ts FILES_LIMIT}, {commands/file-names.ts FILES_LIMIT_BYTES}",
    "the command fails",
  ],
  ["directories that a `glob` reads", "{commands/glob/search.ts DIRECTORIES_LIMIT}", "the command fails"],
  ["time of a file command that was interrupted", "{commands/abandon.ts ABANDON_MS}", "it is abandoned"],
  [
    "time until a program's path answers",
    "{commands/shell/preflight.ts REACH_LIMIT_MS}",
    "the step fails and names the path",
  ],
  ["search for processes to kill", "{process/tree/sweep.ts SWEEP_LIMIT_MS}", "what is left is logged"],
  [
    "process tree in a step's log",
    "{process/diagnosis/tree-report.ts EXAMINED_LIMIT} processes, {commands/shell/tree-text.ts COMMAND_LINE_LIMIT_CHARS} for each, {commands/shell/tree-text.ts TREE_LIMIT_BYTES}, {process/diagnosis/tree-report.ts EXAMINE_LIMIT_MS}",
    "the rest is left out",
  ],
  [
    "files in `info`",
    "{worker/host/host-files.ts INFO_FILES_LIMIT}, {worker/host/host-files.ts INFO_FILE_LIMIT_BYTES} each, {worker/host/host-files.ts INFO_TOTAL_LIMIT_CHARS} in all",
    "the rest is left out, and the log says so",
  ],
  [
    "a `buildbot.tac`",
    "{config/python/source.ts SOURCE_LIMIT_CHARS}, {config/python/syntax.ts STEPS_LIMIT} steps",
    "it is refused",
  ],
  [
    "leftover directories after one list of builders",
    "{worker/leftover-dirs.ts SWEEP_LIMIT}",
    "the rest follows after the next list",
  ],
  [
    "last output of a lost command",
    "{worker/unacknowledged-output.ts LAST_OUTPUT_LIMIT_BYTES}",
    "only the end is kept",
  ],
  [
    "connections to `status_listen`",
    "{daemon/status/http-listener.ts MOST_CONNECTIONS}; {daemon/status/http-listener.ts REQUEST_LIMIT_MS} for a request",
    "they are closed",
  ],
];

const masterOfWorkers: readonly Row[] = [
  ["unauthenticated connections", "{master/workers/admission.ts MAX_UNAUTHENTICATED}", "the oldest is closed"],
  ["all connections of a listener", "{master/workers/accept.ts MAX_CONNECTIONS}", "further ones are not accepted"],
  [
    "time to connect, complete the TLS handshake and log in",
    "{master/workers/admission.ts ADMISSION_LIMIT_MS}",
    "the connection is closed",
  ],
  [
    "bytes before the login",
    "{master/workers/pb/pb-connection.ts LOGIN_LIMIT_BYTES} over PB, {transport/websocket-server.ts HEADER_LIMIT_BYTES} of headers over MessagePack",
    "the connection is closed",
  ],
  [
    "login attempts per connection",
    "{master/workers/pb/pb-connection.ts MAX_LOGINS} over PB, 1 over MessagePack",
    "the connection is closed",
  ],
  [
    "delay of the answer to a wrong login, doubled with each earlier one of its name and address within {master/login-delays.ts FORGET_AFTER_MS}",
    "{master/login-delays.ts FIRST_DELAY_MS} to {master/login-delays.ts LONGEST_LOGIN_DELAY_MS}; a right one waits as well, if earlier ones were wrong",
    "",
  ],
  [
    "logins of one name and address that wait for their answer",
    "{master/login-delays.ts MAX_WAITING}",
    "the connection is closed without checking the password",
  ],
  [
    "passwords of the status page that are checked at a time",
    "{master/web/login-routes.ts MAX_CHECKS_OF_ADDRESS} of one address, {master/web/login-routes.ts MAX_CHECKS} in all",
    "status 429",
  ],
  [
    "names and addresses with wrong logins that are remembered",
    "{master/login-delays.ts MAX_PAIRS}",
    "the pair whose last failure is oldest is dropped",
  ],
  [
    "connections of one name that have logged in and are not attached yet",
    "{master/workers/incoming-connection.ts MAX_ATTACHING}",
    "the oldest is closed",
  ],
  [
    "time to report its facts after the login",
    "{master/workers/incoming-connection.ts GREETING_LIMIT_MS}",
    "the connection is closed",
  ],
  ["one message", "as for a worker", "the connection is closed"],
  [
    "facts of a worker",
    "{master/workers/worker-info.ts MAX_FACTS}, of {master/workers/worker-info.ts FACT_LIMIT_CHARACTERS} each",
    "the rest is dropped, and the log says so",
  ],
  [
    "its environment",
    "{master/workers/worker-info.ts MAX_VARIABLES} variables, {master/workers/worker-info.ts VARIABLE_LIMIT_CHARACTERS} each, {master/workers/worker-info.ts ENVIRONMENT_LIMIT_CHARACTERS} in all",
    "the rest is dropped, and the log says so",
  ],
  [
    "time to answer a call, such as the start of a command",
    "{master/workers/worker-connection.ts ANSWER_LIMIT_MS}",
    "the connection is closed",
  ],
  ["pings without an answer", "{master/workers/worker-connection.ts MAX_PINGS}", "further callers share the last one"],
  ["concurrent commands", "{master/workers/worker-connection.ts MAX_COMMANDS}", "the next one fails"],
  [
    "output and file blocks that the master has not processed yet",
    "{master/workers/receive-window.ts LIMIT_BYTES}, or {master/workers/receive-window.ts LIMIT_ITEMS} messages",
    "reading from this worker pauses until half of it is processed",
  ],
  ["one line of output", "{master/workers/update-text.ts LINE_LIMIT_BYTES}", "it is split"],
  ["log files of one command", "{master/workers/update-text.ts MAX_LOGS}", "the others are dropped"],
  [
    "log messages about messages for a command that is not running",
    "{master/workers/worker-connection.ts MAX_PROBLEMS} per connection",
    "ignored without a log message",
  ],
  [
    "log messages about workers",
    "{master/rate-limited.ts MAX_SENTENCES} in {master/rate-limited.ts WINDOW_MS} per listener, and for hooks",
    "counted, and the count is logged",
  ],
  [
    "time to end a command that has failed on the master, such as an upload that cannot be stored",
    "{master/workers/worker-command.ts FAILED_GRACE_MS}",
    "it counts as ended",
  ],
  [
    "entries of an uploaded directory",
    "{master/transfers/extract.ts MAX_ENTRIES}, of which {master/transfers/extract.ts MAX_LINKS} symbolic links; names of {master/transfers/below.ts PATH_LIMIT_CHARACTERS}, {master/transfers/below.ts MAX_PARTS} levels deep",
    "the upload fails",
  ],
  ["bytes of an upload", "`maxSize` of the step, packed and unpacked", "the upload fails"],
  [
    "logs",
    "`logLimit` for each, `buildLogLimit` for all of a build",
    "the rest is counted and dropped, and the log says so",
  ],
  [
    "free disk space for a new build",
    "`minFreeSpace` and `minFreePercent`",
    "builds wait, and the status page says why",
  ],
  [
    "workers that one request may lose in a row",
    "{master/lost-tries.ts MAX_LOST_TRIES}",
    "its last build ends EXCEPTION",
  ],
  [
    "`master.yaml`",
    "{master/config/yaml-file.ts LIMIT_BYTES}, {master/config/yaml-file.ts MAX_NODES} keys and values, {master/config/yaml-file.ts MAX_REFERENCES} anchors and aliases",
    "it is refused",
  ],
];

const statusPage: readonly Row[] = [
  ["connections", "{master/web/connections.ts connections}", "the longest idle one is closed"],
  ["requests on a connection", "one at a time; browsers do not pipeline", "the connection is closed"],
  ["time for a request to arrive", "{master/web/connections.ts requestMs}", "the connection is closed"],
  [
    "a connection without traffic, such as a download that is not read",
    "{master/web/connections.ts silenceMs}",
    "it is closed",
  ],
  [
    "one page of a log",
    "{master/web/log/window.ts LINES_PER_WINDOW} lines, and {master/web/log/window.ts WINDOW_BYTES} of HTML or one line",
    "the rest is on the next page",
  ],
  [
    "shown characters of a line",
    "{master/web/log/window.ts SHOWN_CHARACTERS_PER_LINE}",
    "the rest is only in the download",
  ],
  [
    "unsent bytes of answers",
    "{master/web/connections.ts unsentBytes} over all connections",
    "before the next answer, connections with unsent bytes are closed, the longest idle first",
  ],
  [
    "event streams",
    "{master/web/events.ts WATCHERS_AT_MOST}, each with a heartbeat every {master/web/events.ts HEARTBEAT_MS}",
    "further pages refresh every 30 seconds; a stream that does not read a heartbeat is closed",
  ],
  [
    "answer of a relay in `relays`, which is asked {master/relay-lines.ts ASK_EVERY_MS} after the last one",
    "{daemon/status/status-client.ts ANSWER_LIMIT_BYTES}, {daemon/status/status-client.ts ANSWER_LIMIT_MS}; {transport/relay/relay-server.ts LISTED_SESSIONS} workers",
    "lost lines are not shown, and the page of workers says why; no more workers are listed",
  ],
  ["a form", "{master/web/access/form.ts LONGEST_FORM_BYTES}", "it is refused"],
  [
    "logged-in sessions",
    "{master/web/sessions.ts SESSIONS_AT_MOST}, of {master/web/sessions.ts SESSION_LASTS_MS} each",
    "the oldest ends",
  ],
];

/** The whole page. */
export function limitsPage(): string {
  return `# Limits

<!-- generated by scripts/write-differences.js from the sources: edit test/support/limits-page.ts -->

Everything that a peer, a file or a build sends is bounded. Limits in \`code\` are [options](options.md) of the worker, or
[keys](master-yaml.md) of \`master.yaml\`.

${[section("The worker", worker), section("The embedded master and its workers", masterOfWorkers), section("The status page", statusPage)].join("\n")}
No limit of the status page counts by address, since all visitors behind a proxy share one.
`;
}

function section(title: string, rows: readonly Row[]): string {
  const lines = rows.map((cells) => `| ${cells.map(withValues).join(" | ")} |`);
  return [`## ${title}`, "", "| what | limit | beyond it |", "| --- | --- | --- |", ...lines, ""].join("\n");
}

function withValues(cell: string): string {
  return cell.replaceAll(/\{(\S+) (\w+)\}/g, (_, file: string, name: string) => shown(name, numberOf(file, name)));
}

const UNITS: readonly [ending: RegExp, units: readonly (readonly [size: number, unit: string])[]][] = [
  [
    /(?:_MS|Ms)$/,
    [
      [3_600_000, "h"],
      [60_000, "min"],
      [1000, "s"],
      [1, "ms"],
    ],
  ],
  [
    /(?:BYTES|Bytes)$/,
    [
      [1024 * 1024, "MiB"],
      [1024, "KiB"],
      [1, "bytes"],
    ],
  ],
  [
    /(?:CHARS|CHARACTERS|CHARACTERS_PER_LINE)$/,
    [
      [1024 * 1024, "Mi characters"],
      [1, "characters"],
    ],
  ],
];

function shown(name: string, value: number): string {
  const units = UNITS.find(([ending]) => ending.test(name))?.[1] ?? [[1, ""]];
  const [size, unit] = units.find(([one]) => value % one === 0) ?? [1, ""];
  const digits = String(value / size).replaceAll(/\B(?=(?:\d{3})+$)/g, value / size < 10_000 ? "" : " ");
  return `${digits} ${unit}`.trimEnd();
}

/** For the test: the page is read with the constants' text, so one is compared with its value. */
export const MESSAGE_LIMIT = shown("messageBytes", bananaLimits.messageBytes);
