// Files of some size up and down under a real master, through a line with a delay so that many blocks are on their way
// at once: every byte, mode and time must arrive.
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { poll } from "../support/poll.ts";
import { Relay } from "../support/relay.ts";
import { rareTest, rowsOf, runsEveryRow } from "../support/sized.ts";
import { describeWithMaster } from "./support/availability.ts";
import { type BuildOutcome, printed } from "./support/build-outcome.ts";
import type { StepDescription } from "./support/description.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";
import { startAttachedWorker, type WorkerProcess } from "./support/worker-process.ts";

const ONE_WAY_MS = 10;
const LARGE_BYTES = runsEveryRow ? 20_000_001 : 7_000_001;
const WORKER = "buildhand";

const scenarios = (at: (name: string) => string): Readonly<Record<string, readonly StepDescription[]>> => ({
  up: [{ type: "FileUpload", args: { workersrc: "large", masterdest: at("up"), mode: 0o640, keepstamp: true } }],
  "up-small-blocks": [{ type: "FileUpload", args: { workersrc: "large", masterdest: at("small"), blocksize: 5000 } }],
  "up-cut": [{ type: "FileUpload", args: { workersrc: "large", masterdest: at("cut"), maxsize: 5_000_000 } }],
  down: [{ type: "FileDownload", args: { mastersrc: at("large"), workerdest: "down", mode: 0o750 } }],
  "down-cut": [{ type: "FileDownload", args: { mastersrc: at("large"), workerdest: "down", maxsize: 5_000_000 } }],
  "down-large-blocks": [
    { type: "FileDownload", args: { mastersrc: at("large"), workerdest: "down", blocksize: 640 * 1024 } },
  ],
  "down-string": [{ type: "StringDownload", args: { s: "grün\n", workerdest: "down" } }],
  ...Object.fromEntries(
    [null, "gz", "bz2"].map((compress) => [
      `tree-${compress}`,
      [{ type: "DirectoryUpload", args: { workersrc: "tree", masterdest: at(`tree-${compress}`), compress } }],
    ]),
  ),
  both: [
    { type: "FileUpload", args: { workersrc: "large", masterdest: at("both-up") } },
    { type: "FileDownload", args: { mastersrc: at("both-up"), workerdest: "down" } },
  ],
  "both-again": [
    { type: "FileUpload", args: { workersrc: "large", masterdest: at("again-up") } },
    { type: "FileDownload", args: { mastersrc: at("again-up"), workerdest: "down" } },
  ],
  "up-stopped": [{ type: "FileUpload", args: { workersrc: "large", masterdest: at("stopped"), blocksize: 5000 } }],
  // It reads the file of suppressions as text, block by block.
  "up-text": [
    {
      type: "WarningCountingShellCommand",
      args: { command: "true", suppressionFile: "suppressions" },
    },
  ],
  "tree-stopped": [{ type: "DirectoryUpload", args: { workersrc: "tree", masterdest: at("tree-stopped") } }],
  "down-stopped": [{ type: "FileDownload", args: { mastersrc: at("large"), workerdest: "down" } }],
  next: [{ type: "ShellCommand", args: { name: "print", command: "echo still here" } }],
});

describeWithMaster("transfers under a real master, over a line with a delay", () => {
  const large = randomBytes(LARGE_BYTES);
  let scratch: string;
  let master: TestMaster;
  let relay: Relay;
  let worker: WorkerProcess;
  const at = (name: string) => join(scratch, name);
  const inWorker = (scenario: string, name: string) => join(worker.basedir, scenario, "build", name);

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "buildhand-transfers-"));
    writeFileSync(at("large"), large);
    master = await startMaster({
      workers: [{ name: WORKER, password: "password" }],
      builders: Object.entries(scenarios(at)).map(([name, steps]) => ({
        name,
        workers: [WORKER],
        steps,
        args: { workerbuilddir: name },
      })),
    });
    const delay = { delayMs: ONE_WAY_MS };
    relay = await Relay.listen({ port: master.ports.pb, toMaster: delay, toWorker: delay });
    worker = await startAttachedWorker("buildhand", master, { name: WORKER, port: relay.port });
  });

  afterAll(async () => {
    await master?.end();
    await relay?.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  /** Puts what is to be sent into the builder's directory, and builds. */
  async function build(scenario: string): Promise<BuildOutcome> {
    prepare(scenario);
    return master.build(scenario);
  }

  function prepare(scenario: string): void {
    mkdirSync(inWorker(scenario, "tree/sub/empty"), { recursive: true });
    writeFileSync(inWorker(scenario, "large"), large);
    writeFileSync(inWorker(scenario, "suppressions"), `#${"世界".repeat(100_000)}\n`);
    utimesSync(inWorker(scenario, "large"), 1_577_934_245.25, 1_577_934_246.75);
    writeFileSync(inWorker(scenario, "tree/large"), large);
    writeFileSync(inWorker(scenario, "tree/sub/zeros"), Buffer.alloc(3_000_000));
    chmodSync(inWorker(scenario, "tree/sub/zeros"), 0o755);
  }

  const transfersStarted = () => worker.log().split(/startCommand:(?:up|down)load(?:File|Directory)/).length;
  const expectSame = (file: string, content: Buffer = large) =>
    expect(sha256(readFileSync(file))).toBe(sha256(content));

  test("a file arrives with its mode and times", async () => {
    expect((await build("up")).result).toBe("success");
    const { mode, atimeMs, mtimeMs } = statSync(at("up"));
    expect(mode & 0o7777).toBe(0o640);
    expect([atimeMs, mtimeMs]).toEqual([1_577_934_245_250, 1_577_934_246_750]);
    expectSame(at("up"));
  });

  rareTest("a file arrives although the master wants small blocks", 600_000, async () => {
    expect((await build("up-small-blocks")).result).toBe("success");
    expectSame(at("small"));
  });

  test("an upload stops at its limit", async () => {
    const outcome = await build("up-cut");
    expect(outcome.result).toBe("failure");
    expect(printed(outcome, "upload", "stderr")).toContain("Maximum filesize reached");
  });

  const downloads = rowsOf(["down", "down-large-blocks"], (scenario) => scenario === "down");
  test.each(downloads)("a file comes from the master: %s", async (scenario) => {
    expect((await build(scenario)).result).toBe("success");
    expectSame(inWorker(scenario, "down"));
    if (scenario === "down") expect(statSync(inWorker(scenario, "down")).mode & 0o7777).toBe(0o750);
  });

  test("a download stops at its limit, and keeps what is within", async () => {
    expect((await build("down-cut")).result).toBe("failure");
    expectSame(inWorker("down-cut", "down"), large.subarray(0, 5_000_000));
  });

  test("a text comes from the master", async () => {
    expect((await build("down-string")).result).toBe("success");
    expect(readFileSync(inWorker("down-string", "down"), "utf8")).toBe("grün\n");
  });

  test("a text of the worker reaches a step that reads it", async () => {
    expect((await build("up-text")).result).toBe("success");
  });

  const compressions = rowsOf(["null", "gz", "bz2"], (compress) => compress === "gz");
  test.each(compressions)("a directory is unpacked, compressed by %s", async (compress) => {
    expect((await build(`tree-${compress}`)).result).toBe("success");
    expectSame(at(`tree-${compress}/large`));
    expectSame(at(`tree-${compress}/sub/zeros`), Buffer.alloc(3_000_000));
    expect(statSync(at(`tree-${compress}/sub/zeros`)).mode & 0o777).toBe(0o755);
    expect(statSync(at(`tree-${compress}/sub/empty`)).isDirectory()).toBe(true);
  });

  test("several transfers share the connection", async () => {
    const outcomes = await Promise.all([build("both"), build("both-again")]);
    expect(outcomes.map(({ result }) => result)).toEqual(["success", "success"]);
    expectSame(inWorker("both", "down"));
    expectSame(inWorker("both-again", "down"));
  });

  const stopped = [
    { scenario: "up-stopped", direction: "toMaster" },
    { scenario: "tree-stopped", direction: "toMaster" },
    { scenario: "down-stopped", direction: "toWorker" },
  ] as const;
  const transfers = rowsOf(stopped, ({ scenario }) => scenario !== "tree-stopped");
  test.each(transfers)("a stopped transfer leaves the connection clean: $scenario", async ({ scenario, direction }) => {
    prepare(scenario);
    writeFileSync(inWorker(scenario, "down"), "old");
    const before = transfersStarted();
    relay.setConditions(direction, { delayMs: ONE_WAY_MS, bytesPerSecond: 1_000_000 });
    const started = await master.startBuild(scenario);
    await poll("the transfer to start", () => transfersStarted() > before);
    await started.stop("seen enough");
    expect((await started.finished()).result).toBe("cancelled");
    relay.setConditions(direction, { delayMs: ONE_WAY_MS });
    expect(readFileSync(inWorker(scenario, "down"), "utf8")).toBe("old");
    expect(printed(await build("next"), "print")).toBe("still here\n");
    expect(relay.connectionsMade).toBe(1);
  });
});

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
