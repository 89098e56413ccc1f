// Every command that there is, interrupted whenever one can be: it completes exactly once, its rc before that, and a lost
// master hears nothing.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { registry } from "../../src/commands/registry.ts";
import type { JellyValue, Remote } from "../../src/wire/jelly/values.ts";
import { type FakeFile, FakeReader, FakeWriter } from "../support/fake-files.ts";
import { type AttachedWorker, CommandReport, FakeMaster } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { rowsOf } from "../support/sized.ts";
import { startTestWorker, type TestWorker } from "../support/test-worker.ts";

const UPLOADED_BYTES = 3_000_000;
const ENOENT = 2;

interface Row {
  readonly args: Readonly<Record<string, JellyValue>>;
  /** The master's end of a transfer, which answers its first block when the test says so. */
  readonly file?: (onBlock: () => Promise<void>) => Readonly<Record<string, FakeFile>>;
  /** Its program says that it runs, and goes on when it may; of others nobody knows when their middle is. */
  readonly isProgram?: true;
}

const transfer = { maxsize: null, blocksize: 16_384 };
const writer = (onBlock: () => Promise<void>) => ({ writer: new FakeWriter({ beforeAnswer: onBlock }) });
const reader = (onBlock: () => Promise<void>) => ({
  reader: new FakeReader(Buffer.alloc(UPLOADED_BYTES), { beforeAnswer: onBlock }),
});

function rows(builderDirectory: string): Readonly<Record<string, Row>> {
  const path = (name: string) => join(builderDirectory, name);
  return {
    shell: { args: { command: "held", workdir: ".", logEnviron: false }, isProgram: true },
    uploadFile: { args: { ...transfer, workdir: ".", workersrc: "large", keepstamp: true }, file: writer },
    upload_file: { args: { ...transfer, path: path("large"), keepstamp: true }, file: writer },
    uploadDirectory: { args: { ...transfer, workdir: ".", workersrc: "tree", compress: null }, file: writer },
    upload_directory: { args: { ...transfer, path: path("tree"), compress: null }, file: writer },
    downloadFile: { args: { ...transfer, workdir: ".", workerdest: "new", mode: null }, file: reader },
    download_file: { args: { ...transfer, path: path("new"), mode: null }, file: reader },
    mkdir: { args: { dir: "a/b/c" } },
    rmdir: { args: { dir: "not-there", logEnviron: false }, isProgram: true },
    cpdir: { args: { fromdir: "tree", todir: "copy", logEnviron: false }, isProgram: true },
    stat: { args: { file: "large" } },
    glob: { args: { path: "**" } },
    listdir: { args: { dir: "." } },
    rmfile: { args: { path: "not-there" } },
  };
}

let master: FakeMaster;
let worker: TestWorker;
let attached: AttachedWorker;
let builder: Remote;
let lastId = 0;
let bin: string;
/** Files by which a program and the test wait for each other. */
let began: string;
let go: string;

beforeAll(async () => {
  bin = mkdtempSync(join(tmpdir(), "buildhand-interrupts-"));
  [began, go] = [join(bin, "began"), join(bin, "go")];
  for (const name of ["held", "rm", "cp"]) {
    writeFileSync(join(bin, name), `#!/bin/sh\n: >${began}\nuntil test -e ${go}; do sleep 0.02; done\n`);
    chmodSync(join(bin, name), 0o755);
  }
  master = await FakeMaster.listen();
  const environment = { PATH: `${bin}:${process.env["PATH"]}` };
  worker = await startTestWorker({ port: master.port, settings: { environment } });
  await attach();
  const directory = join(worker.basedir, "b1");
  writeFileSync(join(directory, "large"), Buffer.alloc(UPLOADED_BYTES));
  mkdirSync(join(directory, "tree"));
  writeFileSync(join(directory, "tree/large"), Buffer.alloc(UPLOADED_BYTES));
});
afterAll(async () => {
  await worker?.end();
  await master?.close();
  rmSync(bin, { recursive: true, force: true });
});
afterEach(() => {
  for (const path of [began, go, join(worker.basedir, "b1/copy")]) rmSync(path, { recursive: true, force: true });
  expect(worker.bugs).toEqual([]);
});

async function attach(): Promise<void> {
  attached = await master.nextWorker();
  builder = (await attached.setBuilders("b1")).get("b1")!;
}

interface Started {
  readonly report: CommandReport;
  /** Resolves when the worker has answered to the start. */
  readonly accepted: Promise<unknown>;
  /** Resolves in the middle of its work, where that can be seen, and otherwise at once. */
  readonly inTheMiddle: () => Promise<unknown>;
  /** What holds it in the middle lets it go. */
  readonly letGo: () => void;
}

function start(name: string): Started {
  const { args, file, isProgram } = rows(join(worker.basedir, "b1"))[name]!;
  let hasBlock = false;
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const files = file?.(() => {
    hasBlock = true;
    return answered;
  });
  lastId += 1;
  const report = new CommandReport(String(lastId));
  const handles = Object.entries(files ?? {}).map(([key, one]) => [key, attached.broker.expose(one.object)] as const);
  const all = new Map<JellyValue, JellyValue>([...Object.entries(args), ...handles]);
  const ref = attached.broker.expose(report.object);
  return {
    report,
    accepted: attached.broker.call(builder, "startCommand", [ref, report.id, name, all]),
    async inTheMiddle() {
      if (isProgram) await poll("the program to run", () => existsSync(began));
      if (files !== undefined) await poll("the first block", () => hasBlock);
    },
    letGo() {
      answer();
      writeFileSync(go, "");
    },
  };
}

/** A program is not let go: it has to be killed. */
async function interrupt({ report }: Pick<Started, "report">): Promise<void> {
  await attached.broker.call(builder, "interruptCommand", [report.id, "the test asks for it"]);
}

async function endsOnce({ report, accepted }: Started): Promise<void> {
  await accepted;
  expect(await report.completed).toBeNull();
  const keys = report.updates.map(([key]) => key);
  expect(keys.filter((key) => key === "rc")).toHaveLength(1);
  // Nothing comes behind `complete`: it would be here with the answers to these.
  await interrupt({ report });
  await attached.call("print", "over");
  expect(report.updates).toHaveLength(keys.length);
  expect(report.completions).toBe(1);
}

it("has a row for every command", () => {
  expect(Object.keys(rows("/")).sort()).toEqual([...registry.keys()].sort());
});

// With an underscore it is the same command as without.
describe.each(rowsOf([...registry.keys()], (name) => !name.includes("_")))("%s", (name) => {
  const isProgram = rows("/")[name]?.isProgram === true;
  /** The blocks on their way are waited for. */
  const letBlocksGo = (command: Started) => {
    if (!isProgram) command.letGo();
  };

  it("interrupted before its work has begun, ends once", async () => {
    const command = start(name);
    await interrupt(command);
    letBlocksGo(command);
    await endsOnce(command);
  });

  it("interrupted in the middle, ends once", async () => {
    const command = start(name);
    await command.inTheMiddle();
    await interrupt(command);
    letBlocksGo(command);
    await endsOnce(command);
  });

  it("interrupted again and again, ends once", async () => {
    const command = start(name);
    await command.inTheMiddle();
    await Promise.all([1, 2, 3].map(() => interrupt(command)));
    letBlocksGo(command);
    await endsOnce(command);
  });

  it("interrupted when it is over, has ended once, and well", async () => {
    const command = start(name);
    command.letGo();
    await command.report.completed;
    await interrupt(command);
    await endsOnce(command);
    expect(command.report.value("rc")).toBe(name === "rmfile" ? ENOENT : 0);
  });

  it("of a lost master is silent, and gone before the worker is back", async () => {
    const command = start(name);
    await command.inTheMiddle();
    attached.socket.destroy();
    await Promise.allSettled([command.accepted]);
    await attach();
    expect(command.report.completions).toBe(0);
    const next = start(name);
    next.letGo();
    await endsOnce(next);
  });
});
