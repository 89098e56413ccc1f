// A worker's password, from any source, appears in no process list, log, header, environment of a build, metric or output of a
// command. Only create-worker has it in its arguments, if it is given there.
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  type Installation,
  install,
  makeBasedir,
  type StartOptions,
  type WorkerProgram,
} from "../daemon/worker-program.ts";
import { FakeMaster } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { rowsOf } from "../support/sized.ts";
import { commandLine } from "./command-line.ts";

/** Unique, also among runs of this test in other checkouts. */
const PASSWORD = `pass-7e41c0-${process.pid}`;

type Options = Pick<StartOptions, "environment" | "under">;

let installation: Installation;
let master: FakeMaster;
const running: WorkerProgram[] = [];

beforeAll(async () => {
  installation = install();
  master = await FakeMaster.listen({ passwords: { w1: PASSWORD } });
});
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill("SIGTERM");
    await ended;
  }
});
afterAll(async () => {
  await installation.remove();
  await master.close();
});

function start(argv: readonly string[], options: Options = {}): WorkerProgram {
  const program = installation.start(argv, options);
  running.push(program);
  return program;
}

/** For a command that reads standard input or runs a worker. */
async function asProgram(argv: readonly string[], options: Options) {
  const program = start(argv, options);
  const { code } = await program.ended;
  return { code, printed: program.printed, errors: program.complained };
}

function passwordFile(): string {
  const path = installation.newPath();
  writeFileSync(path, `${PASSWORD}\n`, { mode: 0o600 });
  return path;
}

function credentials(): string {
  const path = installation.newPath();
  mkdirSync(path);
  writeFileSync(join(path, "buildhand-password"), `${PASSWORD}\n`, { mode: 0o600 });
  return path;
}

/** The shell opens the file for the program's standard input and then execs the program. */
const fromFile = (path: string): Options => ({ under: ["/bin/sh", "-c", 'exec "$@" <"$0"', path] });

interface Worker {
  readonly directory: string;
  /** Of start and of doctor. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Created by create-worker with the password from one of the sources. */
async function created(words: readonly string[], options: Options, last: readonly string[] = []): Promise<Worker> {
  const directory = installation.newPath();
  const argv = ["create-worker", ...words, directory, `127.0.0.1:${master.port}`, "w1", ...last];
  const { code, printed, errors } = await (options.under === undefined ? commandLine : asProgram)(argv, options);
  expect(code).toBe(0);
  expect(printed + errors).not.toContain(PASSWORD);
  return { directory };
}

function withTac(passwd: string, environment: Readonly<Record<string, string>>): Worker {
  return { directory: makeBasedir(installation.newPath(), { port: master.port, variables: { passwd } }), environment };
}

function withoutTac(environment: Readonly<Record<string, string>>): Worker {
  const directory = installation.newPath();
  mkdirSync(directory);
  const address = { BUILDMASTER: "127.0.0.1", BUILDMASTER_PORT: String(master.port), WORKERNAME: "w1" };
  return { directory, environment: { ...address, ...environment } };
}

const ways: Readonly<Record<string, () => Worker | Promise<Worker>>> = {
  "create-worker -": () => created([], fromFile(passwordFile()), ["-"]),
  "create-worker --password-file": () => created([`--password-file=${passwordFile()}`], {}),
  "an argument of create-worker": () => created([], {}, [PASSWORD]),
  "create-worker with a credential": () => created([], { environment: { CREDENTIALS_DIRECTORY: credentials() } }),
  "buildbot.tac with a literal": () => withTac(`'${PASSWORD}'`, {}),
  "buildbot.tac with a variable": () => withTac("os.environ['BOT_SECRET']", { BOT_SECRET: PASSWORD }),
  "buildbot.tac with a file": () => withTac(`open('${passwordFile()}').read().strip()`, {}),
  WORKERPASS: () => withoutTac({ WORKERPASS: PASSWORD }),
  WORKERPASS_FILE: () => withoutTac({ WORKERPASS_FILE: passwordFile() }),
  "a credential": () => withoutTac({ CREDENTIALS_DIRECTORY: credentials() }),
};

function everyProcess(file: string): ReadonlyMap<number, string> {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return new Map(
    pids.map((pid) => {
      try {
        return [Number(pid), readFileSync(join("/proc", pid, file), "latin1")] as const;
      } catch {
        return [Number(pid), ""] as const; // it has ended, or is somebody else's
      }
    }),
  );
}

async function pageOf(socketPath: string, path: string): Promise<string> {
  const [response] = (await once(request({ socketPath, path }).end(), "response")) as [IncomingMessage];
  return text(response);
}

const parentOf = (stat: string) => Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);

function descendantsOf(pid: number): readonly number[] {
  const stats = [...everyProcess("stat")];
  const children = stats.filter(([, stat]) => parentOf(stat) === pid).map(([child]) => child);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/** What create-worker writes is a literal, wherever the password came from. */
const typicalWays = ["an argument of create-worker", "WORKERPASS", "a credential"];

describe.each(rowsOf(Object.keys(ways), (way) => typicalWays.includes(way)))("a password by %s", (way) => {
  test("is not visible while a build runs", async () => {
    const { directory, environment = {} } = await ways[way]!();
    const socketPath = installation.newPath();
    const program = start(["start", "--nodaemon", `--status-listen=${socketPath}`, directory], { environment });
    const attached = await master.nextWorker();
    const info = (await attached.call("getWorkerInfo")) as unknown as ReadonlyMap<string, unknown>;
    const builder = (await attached.setBuilders("b1")).get("b1")!;
    for (const usePTY of [false, true]) {
      const command = {
        command: "env; tr '\\0' '\\n' </proc/$$/environ; ps axww; echo told; exec sleep 1000",
        workdir: ".",
        usePTY,
      };
      const report = await attached.startCommand(builder, "shell", command);
      await report.printed("stdout", "told");
      const own = descendantsOf(program.child.pid!);
      const environments = everyProcess("environ");
      expect(own.length).toBeGreaterThan(1);
      expect(own.filter((pid) => environments.get(pid)?.includes(PASSWORD))).toEqual([]);
      expect([...everyProcess("cmdline").values()].filter((words) => words.includes(PASSWORD))).toEqual([]);
      const status = await commandLine(["status", "--json", directory]);
      expect(status.printed).toContain('"name":"w1"');
      const pages = await Promise.all(["/healthz", "/readyz", "/metrics"].map((path) => pageOf(socketPath, path)));
      expect(pages.join("")).toContain("buildhand_");
      expect(status.printed + status.errors + pages.join("")).not.toContain(PASSWORD);
      await attached.broker.call(builder, "interruptCommand", [report.id, "enough"]);
      await report.completed;
      expect(JSON.stringify(report.updates)).not.toContain(PASSWORD);
    }
    expect(
      JSON.stringify([...info].map(([key, value]) => [key, value instanceof Map ? [...value] : value])),
    ).not.toContain(PASSWORD);
    program.child.kill("SIGTERM");
    await program.ended;
    const files = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) =>
      /log|info\/|hostname/.test(name),
    );
    const logs = files.map((name) => readFileSync(join(directory, name), "latin1")).join("\n");
    expect(logs + program.printed).toContain("Starting Worker");
    expect(logs + program.printed + program.complained).not.toContain(PASSWORD);
  });

  test("is in no output of doctor, of tac check, of tac import, or of a start that fails", async () => {
    const { directory, environment = {} } = await ways[way]!();
    const importing = ["tac", "import", ...(process.geteuid?.() === 0 ? ["--yes"] : [])];
    const commands = [["start", "--nodaemon", "--tls-pin=x"], ["doctor", "--json"], ["doctor"]];
    // As JSON, doctor says the same and more; and both treat a credential like WORKERPASS.
    const typical = rowsOf(commands, (_, at) => at < 2 && way !== "a credential");
    for (const words of [["tac", "check"], importing, ...typical]) {
      const run = words[0] === "start" ? asProgram : commandLine;
      const { printed, errors } = await run([...words, directory], { environment });
      expect(printed).not.toBe("");
      expect(printed + errors).not.toContain(PASSWORD);
    }
  });
});

describe("doctor with the arguments of create-worker", () => {
  type Row = readonly [string, () => Options & { words: readonly string[]; last: readonly string[] }];
  const rows: readonly Row[] = [
    ["-", () => ({ ...fromFile(passwordFile()), words: [], last: ["-"] })],
    ["--password-file", () => ({ words: [`--password-file=${passwordFile()}`], last: [] })],
    ["a credential", () => ({ words: [], last: [], environment: { CREDENTIALS_DIRECTORY: credentials() } })],
  ];
  test.each(rowsOf(rows, (_, at) => at === 0))(
    "logs in with the password by %s, and never shows it",
    async (_, wayOf) => {
      const { words, last, ...options } = wayOf();
      const directory = installation.newPath();
      const address = `127.0.0.1:${master.port}`;
      const program = start(["doctor", "--json", ...words, directory, address, "w1", ...last], options);
      let seen = false;
      await poll("its end", () => {
        seen ||= [...everyProcess("cmdline").values()].some((line) => line.includes(PASSWORD));
        return program.child.exitCode !== null;
      });
      await program.ended;
      expect(seen).toBe(false);
      expect(program.printed).toContain("the master accepts the name 'w1' and its password");
      expect(program.printed + program.complained).not.toContain(PASSWORD);
    },
  );
});
