// A master in the middle of its work, with something on every page: what screenshots and accessibility are judged by.
import { aBuild, aLog, aStep, aWorker, FakeMasterView, fakeLog, linesOf } from "./fake-master-view.ts";

export const LONG_LOG_ID = 77;
export const LONG_LOG_LINES = 1_200_000;

const compileLog = linesOf([
  "# /bin/sh -c 'make -j2 all'",
  "#  in directory /var/lib/buildhand/worker/demo/build (timeout 1200 secs)",
  "#  environment:",
  "#   HOME=/var/lib/buildhand",
  "#   PATH=/usr/local/bin:/usr/bin:/bin",
  "#  using PTY: False",
  "\u{1b}[1m\u{1b}[32m==>\u{1b}[0m configuring for \u{1b}[36mx86_64-linux-gnu\u{1b}[0m",
  "cc -O2 -c src/main.c -o out/main.o",
  "! src/main.c:41:12: \u{1b}[1;35mwarning: \u{1b}[0munused variable '\u{1b}[1mcount\u{1b}[0m' [-Wunused-variable]",
  "!    41 |        int count = 0;",
  "!       |            \u{1b}[35m^~~~~\u{1b}[0m",
  "\u{1b}[33m\u{1b}[1mwarning\u{1b}[0m one deprecated call, see https://example.org/docs/deprecated?id=7#why.",
  "\u{1b}[42;30m PASS \u{1b}[0m test/unit/words.test.js \u{1b}[2m(12 tests)\u{1b}[0m",
  "\u{1b}[41;97m FAIL \u{1b}[0m test/unit/paths.test.js",
  "\u{1b}[38;5;208m● paths › keeps the order\u{1b}[0m",
  "\u{1b}[31m",
  "  expected: a/b, and this red lasts",
  "  received: b/a, from line to line\u{1b}[0m",
  "report: \u{1b}]8;;https://example.org/report/5\u{1b}\\the whole report\u{1b}]8;;\u{1b}\\",
  ...Array.from(
    { length: 16 },
    (_, n) => `\u{1b}[38;5;${n}mforeground ${n}\u{1b}[0m  \u{1b}[48;5;${n}m background ${n} \u{1b}[0m`,
  ),
  "a very long line ".repeat(30),
  "# program finished with exit code 2",
]);

const change = {
  repository: "https://example.org/kettle.git",
  branch: "main",
  revision: "5f2c1d9e8b7a60413f2e1d0c9b8a796857463524",
  author: "Ada Kettle <ada@example.org>",
  message: "Boil less water\n\nIt was too much.",
  link: "https://example.org/kettle/commit/5f2c1d9",
};

export function busyMaster(now = Date.now()): FakeMasterView {
  const view = new FakeMasterView();
  view.title = "Kettle & Co";
  const minute = 60_000;
  view.known.push(
    {
      name: "demo",
      description: "Builds and tests the demo on each change",
      workers: ["worker-1", "worker-2"],
      force: {
        branch: "main",
        parameters: [
          { name: "level", label: "Level", kind: "choice", default: "fast", choices: ["fast", "all"], required: false },
          { name: "clean", label: "Clean build", kind: "boolean", default: "true", choices: [], required: false },
          { name: "note", label: "Note for the log", kind: "text", default: "", choices: [], required: false },
        ],
      },
    },
    { name: "nightly/linux-x86_64", description: undefined, workers: ["worker-2"], force: undefined },
    { name: "docs", description: "Renders the handbook", workers: ["worker-1"], force: { parameters: [] } },
    { name: "fresh", description: "Nobody has tried it yet", workers: ["worker-3"], force: { parameters: [] } },
  );
  const results = [
    "SUCCESS",
    "SUCCESS",
    "WARNINGS",
    "FAILURE",
    "SUCCESS",
    "CANCELLED",
    "EXCEPTION",
    "RETRY",
    "SUCCESS",
    "SKIPPED",
  ] as const;
  for (let number = 1; number <= 40; number += 1) {
    const result = results[number % results.length] ?? "SUCCESS";
    const startedAtMs = now - (42 - number) * 47 * minute;
    const stateText =
      result === "FAILURE" ? "failed test" : result === "SUCCESS" ? "build successful" : result.toLowerCase();
    view.details.push(aBuild({ id: number, number, result, stateText, startedAtMs, endedAtMs: startedAtMs + 94_000 }));
  }
  view.details.push(failed(now), running(now));
  view.details.push(
    aBuild({
      id: 50,
      builder: "docs",
      number: 1,
      worker: "worker-1",
      reason: "periodic: every hour",
      startedAtMs: now - 50 * minute,
      endedAtMs: now - 49 * minute,
    }),
  );
  view.details.push(
    aBuild({
      id: 51,
      builder: "nightly/linux-x86_64",
      number: 1,
      worker: "worker-2",
      result: "WARNINGS",
      stateText: "7 warnings",
      reason: "nightly",
      startedAtMs: now - 600 * minute,
      endedAtMs: now - 540 * minute,
    }),
  );
  view.waiting.push(
    {
      id: 7,
      builder: "fresh",
      reason: "first try",
      submittedAtMs: now - 3 * minute,
      waitsFor: "a worker to attach",
    },
    {
      id: 8,
      builder: "demo",
      reason: "periodic: every 10 minutes",
      submittedAtMs: now - 8000,
      waitsFor: "one of the workers",
    },
  );
  view.attached.push(
    aWorker({
      name: "worker-1",
      running: [running(now)],
      builders: ["demo", "docs"],
      facts: new Map([
        ["admin", "Ada Kettle <ada@example.org>"],
        ["host", "rack 4, left\n2 cores, 4 GB of memory, Debian 13"],
        ["access_uri", "ssh://build@worker-1.example.org"],
        ["system", "posix"],
        ["numcpus", "2"],
        ["os_id", "debian"],
        ["os_pretty_name", "Debian GNU/Linux 13 (trixie)"],
        ["os_home_url", "https://www.debian.org/"],
      ]),
    }),
    aWorker({
      name: "worker-2",
      state: "away",
      protocol: "msgpack",
      peer: undefined,
      attachedAtMs: undefined,
      lastSeenAtMs: now - 26 * 60 * minute,
      builders: ["demo", "nightly/linux-x86_64"],
      facts: new Map([["host", "the old laptop"]]),
    }),
    aWorker({
      name: "worker-3",
      state: "never seen",
      protocol: undefined,
      peer: undefined,
      attachedAtMs: undefined,
      lastSeenAtMs: undefined,
      version: undefined,
      builders: ["fresh"],
    }),
    aWorker({
      name: "worker-4",
      state: "shutting down",
      builders: [],
      line: { lostAtMs: now - 41_000, waitingBytes: 1234, resumed: undefined },
    }),
  );
  view.relayTroubles.push("the relay in /srv/relay is not running");
  view.logs.set(2, fakeLog(compileLog));
  view.logs.set(3, fakeLog(linesOf(["# npm test", "ok 1 - starts", "ok 2 - listens"])));
  view.logs.set(4, fakeLog([]));
  view.logs.set(LONG_LOG_ID, {
    count: LONG_LOG_LINES,
    line: (index) => ({
      stream: "o",
      text: `line ${index + 1} of many, which is about as long as lines of a build usually are: ok`,
    }),
  });
  return view;
}

function failed(now: number) {
  const minute = 60_000;
  return aBuild({
    id: 41,
    number: 41,
    result: "FAILURE",
    stateText: "failed compile",
    startedAtMs: now - 20 * minute,
    endedAtMs: now - 17 * minute,
    rebuildOf: 38,
    change,
    properties: new Map([
      ["branch", "main"],
      ["revision", change.revision],
      ["level", "all"],
    ]),
    rebuilds: [43, 44],
    steps: [
      aStep({ number: 1, name: "clone", stateText: "3 files", logs: [aLog({ id: 3, lineCount: 3, bytes: 40 })] }),
      aStep({
        number: 2,
        name: "compile",
        result: "FAILURE",
        stateText: "exit code 2",
        logs: [
          aLog({ id: 2, lineCount: compileLog.length, bytes: 3100 }),
          aLog({
            id: LONG_LOG_ID,
            name: "trace.log",
            slug: "trace_log",
            lineCount: LONG_LOG_LINES,
            bytes: 104_857_600,
          }),
        ],
      }),
      aStep({ number: 3, name: "test", result: "SKIPPED", stateText: "skipped", logs: [] }),
      aStep({ number: 4, name: "clean up", result: "SUCCESS", stateText: "removed", logs: [aLog({ id: 4 })] }),
    ],
  });
}

function running(now: number) {
  return aBuild({
    id: 42,
    number: 42,
    result: undefined,
    endedAtMs: undefined,
    stateText: "running test",
    startedAtMs: now - 72_000,
    steps: [
      aStep({ number: 1, name: "clone", stateText: "3 files", logs: [] }),
      aStep({
        number: 2,
        name: "test",
        result: undefined,
        endedAtMs: undefined,
        stateText: "runs for a minute",
        logs: [aLog({ id: 3, lineCount: 3, bytes: 40, isComplete: false })],
      }),
      aStep({
        number: 3,
        name: "upload the result",
        result: undefined,
        startedAtMs: undefined,
        endedAtMs: undefined,
        stateText: "",
        logs: [],
      }),
    ],
  });
}

/** Set up, but nothing has happened yet. */
export function emptyMaster(): FakeMasterView {
  const view = new FakeMasterView();
  view.known.push({ name: "lone", description: undefined, workers: ["w"], force: { parameters: [] } });
  view.attached.push(
    aWorker({
      name: "w",
      state: "never seen",
      protocol: undefined,
      peer: undefined,
      attachedAtMs: undefined,
      lastSeenAtMs: undefined,
      version: undefined,
      builders: ["lone"],
    }),
  );
  return view;
}
