// What a relay on loopback costs: the speed of uploads and logs and the time of an answer, with and without it in turn; under a
// real master, and under one that only counts bytes. Writes what it measured into docs/measurements/relay.md.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { IncomingCall } from "../../src/session/pb/remote-object.ts";
import { type Installation, install, makeBasedir, PASSWORD } from "../daemon/worker-program.ts";
import { describeWithMaster } from "../masters/support/availability.ts";
import { shell } from "../masters/support/description.ts";
import { startMaster } from "../masters/support/test-master.ts";
import { startAttachedWorker } from "../masters/support/worker-process.ts";
import { FakeMaster } from "../support/fake-master.ts";
import { FakeMsgpackMaster } from "../support/fake-msgpack-master.ts";
import { poll } from "../support/poll.ts";
import { startRelayOf } from "./measured-relay.ts";
import { CountedCommand, shellArguments } from "./measured-worker.ts";
import { storeRelay } from "./relay-page.ts";

const UPLOAD_BYTES = 30_000_000;
const LOG_BYTES = 20_000_000;
/** As FileUpload has it. */
const BLOCK_BYTES = 256 * 1024;
/** Each byte of a file is sent in a block of its own, which waits for the answer to the one before. */
const BLOCKS = 1000;
const LINE = `${"a line of the log of a build".padEnd(79, ".")}\n`;
const TURNS = 3;
/** A build of the real master takes seconds, whatever the connection. */
const REAL_TURNS = 3;
const ANSWERS_PER_TURN = 200;
const LEAST_SPEED_PART = 0.8;
const ANSWER_LIMIT_MS = 1;

/** `host`: the address that the relay listens on. The limits are those of the second. */
const paths = [
  { name: "direct", title: "without a relay", host: undefined },
  { name: "relayed", title: "with a relay", host: "127.0.0.1" },
  { name: "secured", title: "with a relay and TLS", host: "0.0.0.0" },
] as const;

/** What takes its turns, by name; each resolves to a time in milliseconds, or several. */
interface Path {
  readonly upload?: () => Promise<readonly number[]>;
  readonly log: () => Promise<readonly number[]>;
  readonly answer: () => Promise<readonly number[]>;
}

let installation: Installation;
let closeMaster: (() => Promise<unknown>) | undefined;
const rows: (readonly string[])[] = [];
const passwords = Object.fromEntries(paths.map(({ name }) => [name, PASSWORD]));

beforeAll(() => {
  installation = install();
});
afterEach(() => closeMaster?.());
afterAll(async () => {
  await installation?.remove();
  const head = ["what", ...paths.map(({ title }) => title), "with a relay, compared"];
  if (rows.length === 11) storeRelay("speed", [head, ...rows]);
});

it("answers arrive at most 1 ms later over PB", async () => {
  const master = await FakeMaster.listen({ passwords });
  closeMaster = () => master.close();
  await compare("PB", master.port, async (directory) => {
    const attached = await master.nextWorker();
    const builder = (await attached.setBuilders("b1")).get("b1")!;
    let lastId = 0;
    const run = async (name: string, args: Parameters<typeof Object.entries>[0]) => {
      lastId += 1;
      const command = new CountedCommand(String(lastId));
      const named = new Map(Object.entries(args)) as never;
      await attached.broker.call(builder, "startCommand", [
        attached.broker.expose(command.object),
        command.id,
        name,
        named,
      ]);
      expect(await command.completed).toBeDefined();
      return command;
    };
    return {
      upload: async () => {
        let bytes = 0;
        const write = ({ args: [block] }: IncomingCall) => {
          bytes += (block as Uint8Array).length;
          return null;
        };
        const writer = attached.broker.expose({
          methods: new Map([
            ["write", write],
            ["close", () => null],
          ]),
        });
        const args = { workdir: directory, workersrc: "upload", maxsize: null, blocksize: BLOCK_BYTES, writer };
        const times = await timed(() => run("uploadFile", args));
        expect(bytes).toBe(UPLOAD_BYTES);
        return times;
      },
      log: async () => {
        let bytes = 0;
        const times = await timed(async () => {
          bytes = (await run("shell", shellArguments(directory, "cat log"))).stdoutBytes;
        });
        expect(bytes).toBe(LOG_BYTES);
        return times;
      },
      answer: () => answers(() => attached.call("print", "a question")),
    };
  });
});

it("answers arrive at most 1 ms later over MessagePack", async () => {
  const master = await FakeMsgpackMaster.listen({ passwords });
  closeMaster = () => master.close();
  await compare("MessagePack", master.port, async (directory) => {
    const attached = await master.nextWorker();
    return {
      log: async () => {
        let bytes = 0;
        const times = await timed(async () => {
          const report = await attached.run("shell", { command: "cat log", workdir: directory, logEnviron: false });
          bytes = report.text("stdout").length;
        });
        expect(bytes).toBe(LOG_BYTES);
        return times;
      },
      answer: () => answers(() => attached.request("print", { message: "a question" })),
    };
  });
});

describeWithMaster("under a real master", () => {
  it.each(["pb", "msgpack"] as const)("uploads, logs and answers over %s are hardly slower", async (protocol) => {
    const kinds = ["upload", "log", "answer"] as const;
    const scratch = installation.newPath();
    mkdirSync(scratch);
    writeFiles(scratch);
    const stepOf = {
      upload: { type: "FileUpload", args: { workersrc: join(scratch, "upload"), masterdest: "uploaded" } },
      log: shell("log", `cat ${join(scratch, "log")}`),
      answer: {
        type: "FileUpload",
        args: { workersrc: join(scratch, "blocks"), masterdest: "blocks", blocksize: 1 },
      },
    } as const;
    const master = await startMaster({
      workers: paths.map(({ name }) => ({ name, password: PASSWORD })),
      builders: paths.flatMap(({ name }) =>
        kinds.map((kind) => ({ name: `${name}-${kind}`, workers: [name], steps: [stepOf[kind]] })),
      ),
    });
    closeMaster = () => master.end();
    for (const { name, host } of paths) {
      const relay = host === undefined ? undefined : await startRelayOf(installation, host, master.ports[protocol]);
      const tacLines = relay === undefined ? [] : [`relay = '${relay.address}'`, `relay_key = '${relay.keyPath}'`];
      await startAttachedWorker("buildhand", master, { name, protocol, tacLines });
    }
    for (const kind of kinds) {
      const all: number[][] = paths.map(() => []);
      for (let turn = 0; turn <= REAL_TURNS; turn += 1) {
        for (const [index, { name }] of paths.entries()) {
          const times = await timed(async () => {
            const build = await master.startBuild(`${name}-${kind}`);
            const isOver = async () => (await build.attempts()).some(({ complete }) => complete);
            await poll("the build to end", isOver, { deadlineMs: 120_000 });
            expect((await build.attempts()).map(({ result }) => result)).toEqual(["success"]);
          });
          if (turn > 0) all[index]!.push(...times);
        }
      }
      const where = `${protocol === "pb" ? "PB" : "MessagePack"}, a real master`;
      if (kind === "answer")
        compareAnswers(
          where,
          all.map((times) => times.map((ms) => ms / BLOCKS)),
        );
      else {
        rows.push(speedRow(where, kind, all));
        expect(speedPart(all)).toBeGreaterThanOrEqual(LEAST_SPEED_PART);
      }
    }
  });
});

/** `nextPath`: of the worker that was started last, whose files are in `directory`. */
async function compare(protocol: string, masterPort: number, nextPath: (directory: string) => Promise<Path>) {
  const ways: Path[] = [];
  for (const { name, host } of paths) {
    const relay = host === undefined ? undefined : await startRelayOf(installation, host, masterPort);
    const route = relay === undefined ? {} : { relay: `'${relay.address}'`, relay_key: `'${relay.keyPath}'` };
    const ours = { workername: `'${name}'`, protocol: protocol === "PB" ? "'pb'" : "'msgpack_experimental_v7'" };
    const basedir = makeBasedir(installation.newPath(), { port: masterPort, variables: { ...ours, ...route } });
    const directory = join(basedir, "files");
    mkdirSync(directory);
    writeFiles(directory);
    installation.start(["start", "--nodaemon", basedir]);
    ways.push(await nextPath(directory));
  }
  for (const what of ["upload", "log", "answer"] as const) {
    const all: number[][] = ways.map(() => []);
    // The first turn compiles the code.
    for (let turn = 0; turn <= TURNS; turn += 1) {
      for (const [index, way] of ways.entries()) {
        const times = (await way[what]?.()) ?? [];
        if (turn > 0) all[index]!.push(...times);
      }
    }
    if (all[0]!.length === 0) continue;
    const where = `${protocol}, a master that only counts`;
    if (what === "answer") compareAnswers(where, all);
    else rows.push(speedRow(where, what, all));
  }
}

function compareAnswers(where: string, times: readonly (readonly number[])[]): void {
  const [direct = 0, relayed = 0] = times.map(median);
  const cells = times.map((one) => `${median(one).toFixed(2)} ms`);
  rows.push([`an answer over ${where}`, ...cells, `${(relayed - direct).toFixed(2)} ms later`]);
  expect(relayed - direct).toBeLessThanOrEqual(ANSWER_LIMIT_MS);
}

function speedRow(where: string, what: "upload" | "log", times: readonly (readonly number[])[]): readonly string[] {
  const megabytes = (what === "upload" ? UPLOAD_BYTES : LOG_BYTES) / 1e6;
  const cells = times.map((one) => `${(megabytes / (median(one) / 1000)).toFixed(1)} MB/s`);
  const part = `${(speedPart(times) * 100).toFixed(0)} %`;
  return [`${what === "upload" ? "an upload" : "a log"} of ${megabytes} MB over ${where}`, ...cells, part];
}

/** How fast the second is, compared with the first. */
function speedPart([direct = [], relayed = []]: readonly (readonly number[])[]): number {
  return median(direct) / median(relayed);
}

function writeFiles(directory: string): void {
  writeFileSync(join(directory, "upload"), Buffer.alloc(UPLOAD_BYTES, "the bytes of a file"));
  writeFileSync(join(directory, "blocks"), Buffer.alloc(BLOCKS));
  writeFileSync(join(directory, "log"), LINE.repeat(LOG_BYTES / LINE.length));
}

async function timed(act: () => Promise<unknown>): Promise<readonly number[]> {
  const fromMs = performance.now();
  await act();
  return [performance.now() - fromMs];
}

async function answers(ask: () => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; index < ANSWERS_PER_TURN; index += 1) times.push(...(await timed(ask)));
  return times;
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}
