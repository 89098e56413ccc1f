import { expect, test } from "vitest";
import type { PlannedStep, StepCommand } from "../../../src/master/builds/step-command.ts";
import { completed } from "../../../src/master/builds/step-end.ts";
import { planStep } from "../../../src/master/builds/step-runner.ts";
import type { BuilderConfig } from "../../../src/master/master-config.ts";
import type { StepFiles } from "../../../src/master/transfers/index.ts";
import type { WorkerInfo } from "../../../src/master/worker-link.ts";
import { allCommands } from "../fake-link.ts";
import { builder, shellStep } from "../test-master.ts";

const common = {
  name: "step",
  haltOnFailure: false,
  flunkOnFailure: true,
  warnOnFailure: false,
  alwaysRun: false,
};
const copy = { ...common, type: "cpdir", from: "a", to: "b" } as const;
const upload = {
  ...common,
  type: "upload",
  from: "out.bin",
  to: "b1/out.bin",
  isArtifact: false,
  isDirectory: false,
  workdir: "build",
  maxSizeBytes: 1000,
  keepStamp: true,
} as const;
const download = { ...common, type: "download", from: "in.txt", to: "got.txt", workdir: "build", mode: 0o644 } as const;

function info(commands: ReadonlyMap<string, string>): WorkerInfo {
  return { facts: new Map(), version: "4.2.1", basedir: "/w", commands, environment: new Map() };
}

const asked: string[] = [];
const sink = { write: async () => {}, close: async () => {}, abandon: async () => {} };
const files: StepFiles = {
  fileSink: (path, { limitBytes }) => {
    asked.push(`file ${path} ${limitBytes}`);
    return sink;
  },
  archiveSink: (path, { limitBytes }) => {
    asked.push(`archive ${path} ${limitBytes}`);
    return sink;
  },
  fileSource: (path) => {
    asked.push(`source ${path}`);
    return { read: async () => new Uint8Array(), close: async () => {} };
  },
};

/** A step that is one command. */
type OneCommand = Parameters<typeof planStep>[0];

function plan(step: OneCommand, commands = allCommands, more: Partial<BuilderConfig> = {}): Promise<PlannedStep> {
  const env = new Map([
    ["A", "builder"],
    ["B", "builder"],
  ]);
  const facts = { properties: new Map<string, string>(), secrets: new Map<string, string>() };
  const context = { worker: info(commands), files, artifacts: files, facts, triggers: undefined };
  return planStep(step, { builder: builder("b1", [], { env, ...more }), ...context });
}

async function command(
  step: OneCommand,
  commands = allCommands,
  more: Partial<BuilderConfig> = {},
): Promise<StepCommand> {
  const planned = await plan(step, commands, more);
  if ("impossible" in planned) throw new Error(planned.impossible);
  return planned;
}

test("a shell step sends every argument that a worker may look for", async () => {
  const step = shellStep("one", {
    command: ["make", "all"],
    env: new Map([
      ["B", "step"],
      ["C", null],
    ]),
    timeout: 10,
    maxTime: 20,
    sigtermTime: 3,
    maxLines: 40,
    usePTY: true,
    initialStdin: "yes\n",
    logfiles: new Map([["log", { filename: "out.log", follow: true }]]),
  });
  const { name, args, logNames } = await command(step);
  expect(name).toBe("shell");
  expect(logNames).toEqual(["log"]);
  expect(Object.fromEntries(args)).toEqual({
    command: ["make", "all"],
    workdir: "build",
    env: new Map<string, string | null>([
      ["A", "builder"],
      ["B", "step"],
      ["C", null],
    ]),
    initial_stdin: "yes\n",
    want_stdout: true,
    want_stderr: true,
    timeout: 10,
    maxTime: 20,
    max_lines: 40,
    sigtermTime: 3,
    usePTY: true,
    interruptSignal: "KILL",
    logEnviron: true,
    logfiles: new Map([
      [
        "log",
        new Map<string, string | boolean>([
          ["filename", "out.log"],
          ["follow", true],
        ]),
      ],
    ]),
  });
});

test.each<[OneCommand, boolean | undefined, boolean | undefined, boolean]>(
  [shellStep("one"), copy, { ...common, type: "rmdir", path: "x" } as const].flatMap((step) => [
    [step, undefined, undefined, true],
    [step, undefined, false, false],
    [step, false, true, false],
    [step, true, false, true],
  ]),
)("of the step %o with logEnviron %s, and %s for the file, the variables are listed: %s", async (...row) => {
  const [step, ofStep, ofFile, expected] = row;
  const more = ofFile === undefined ? {} : { logEnviron: ofFile };
  const { args } = await command({ ...step, logEnviron: ofStep }, allCommands, more);
  expect(args.get("logEnviron")).toBe(expected);
});

test.each([
  ["2.16", ["usePTY", "interruptSignal", "sigtermTime"]],
  ["2.15", ["usePTY", "interruptSignal"]],
  ["2.7", ["usePTY"]],
  ["2.6", []],
])("a worker whose shell has version %s gets only arguments that it supports", async (version, expected) => {
  const { args } = await command(shellStep("one"), new Map([["shell", version]]));
  expect([...args.keys()].filter((name) => ["usePTY", "interruptSignal", "sigtermTime", "dir"].includes(name))).toEqual(
    expected,
  );
});

test("a worker that reports no commands gets the directory under its old name, too", async () => {
  expect((await command(shellStep("one"), new Map())).args.get("dir")).toBe("build");
});

test.each<[OneCommand, string, Readonly<Record<string, unknown>>]>([
  [{ ...common, type: "mkdir", path: "x" }, "mkdir", { dir: "x" }],
  [{ ...common, type: "rmdir", path: "x" }, "rmdir", { dir: "x", timeout: 120, maxTime: null, logEnviron: true }],
  [{ ...common, type: "rmfile", path: "x" }, "rmfile", { path: "x" }],
  [copy, "cpdir", { fromdir: "a", todir: "b", timeout: 120, maxTime: null, logEnviron: true }],
  [
    upload,
    "uploadFile",
    { workersrc: "out.bin", workdir: "build", maxsize: 1000, blocksize: 262_144, keepstamp: true },
  ],
  [
    { ...upload, isDirectory: true },
    "uploadDirectory",
    { workersrc: "out.bin", workdir: "build", maxsize: 1000, blocksize: 16_384, compress: null },
  ],
  [
    download,
    "downloadFile",
    { workerdest: "got.txt", workdir: "build", maxsize: null, blocksize: 262_144, mode: 0o644 },
  ],
])("the step %o becomes a command", async (step, name, args) => {
  const planned = await command(step);
  expect(planned.name).toBe(name);
  expect(Object.fromEntries(planned.args)).toEqual(args);
  expect(planned.resultOf(0)).toBe("SUCCESS");
  expect(planned.resultOf(2)).toBe("FAILURE");
});

test("transfers have a path and a limit", async () => {
  asked.length = 0;
  await command(upload);
  await command({ ...upload, isDirectory: true });
  await command(download);
  expect(asked).toEqual(["file b1/out.bin 1000", "archive b1/out.bin 1000", "source in.txt"]);
});

test("old workers get the old names, and files are removed as directories", async () => {
  const old = new Map([
    ["uploadFile", "2.16"],
    ["downloadFile", "2.16"],
    ["rmdir", "2.16"],
    ["rmfile", "2.16"],
  ]);
  expect((await command(upload, old)).args.get("slavesrc")).toBe("out.bin");
  expect((await command(download, old)).args.get("slavedest")).toBe("got.txt");
  expect((await command({ ...common, type: "rmfile", path: "x" }, old)).name).toBe("rmdir");
});

test.each<[OneCommand, ReadonlyMap<string, string>, string]>([
  [copy, new Map(), "the worker does not support the command cpdir"],
  [upload, new Map(), "the worker does not support the command uploadFile"],
  [download, new Map([["downloadFile", ""]]), "the worker does not support the command downloadFile"],
  [upload, new Map([["uploadFile", "2.12"]]), "the worker is too old to report the times of a file (keepStamp)"],
])("a command that the worker does not support is an error: %o", async (step, commands, impossible) => {
  expect(await plan(step, commands)).toEqual({ impossible });
});

test("an upload that its worker has truncated says which limit it has reached", async () => {
  const { upload: end, ...planned } = await command({ ...upload, maxSizeBytes: 10 });
  const outcome = { rc: 1, failure: undefined };
  await end?.write(Buffer.alloc(9));
  expect(completed(upload, planned, outcome).text).toBe("failed with exit code 1");
  await end?.write(Buffer.alloc(1));
  expect(completed(upload, planned, outcome).text).toBe("has reached its maxSize of 10 bytes");
});
