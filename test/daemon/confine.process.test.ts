// --confine: what a master may ask of file commands stays below the base directory, by the worker's system calls and by the
// times of the files outside, also while another process replaces a directory by a link.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { MsgpackMap } from "../../src/wire/msgpack/values.ts";
import { FakeReader, FakeWriter } from "../support/fake-files.ts";
import { type CommandReport, FakeMaster } from "../support/fake-master.ts";
import { FakeMsgpackMaster, type FileOperations } from "../support/fake-msgpack-master.ts";
import { rareTest, rowsOf, sized } from "../support/sized.ts";
import { STRACE } from "./file-calls.ts";
import { install, lives, makeBasedir } from "./worker-program.ts";

const missing =
  spawnSync("strace", ["--seccomp-bpf", "-f", "-o", "/dev/null", "true"]).status === 0
    ? undefined
    : "strace cannot be run";
if (missing !== undefined && process.env["BUILDHAND_REQUIRE_MASTER"] === "1") {
  it("the system calls of a confined worker are watched", () => {
    throw new Error(`${missing} here, and BUILDHAND_REQUIRE_MASTER=1 asks for every test: apt-get install strace`);
  });
}

const SECRET = "nobody may read this";
const LONG_AGO = 1_000_000_000;

const installation = install();
const root = realpathSync(mkdtempSync(join(tmpdir(), "buildhand-confine-")));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(async () => {
  await installation.remove();
  rmSync(root, { recursive: true });
});

/** A file command in neither protocol: `path`, and for copies `to`, are relative to the builder's directory, or absolute. */
interface FileCommand {
  readonly name: keyof typeof IN_PB;
  readonly path: string;
  readonly to?: string;
}

/** The names and arguments that a PB master uses. */
const IN_PB = {
  stat: ({ path: file }: FileCommand) => ["stat", { file }],
  listdir: ({ path: dir }: FileCommand) => ["listdir", { dir }],
  glob: ({ path }: FileCommand) => ["glob", { path }],
  mkdir: ({ path: dir }: FileCommand) => ["mkdir", { dir }],
  rmdir: ({ path: dir }: FileCommand) => ["rmdir", { dir }],
  rmfile: ({ path }: FileCommand) => ["rmfile", { path }],
  cpdir: ({ path: fromdir, to: todir = "" }: FileCommand) => ["cpdir", { fromdir, todir }],
  upload_file: ({ path: workersrc }: FileCommand) => ["uploadFile", { ...LIMITS, workersrc }],
  upload_directory: ({ path: workersrc }: FileCommand) => ["uploadDirectory", { ...LIMITS, workersrc, compress: null }],
  download_file: ({ path: workerdest }: FileCommand) => ["downloadFile", { ...LIMITS, workerdest, mode: null }],
} as const satisfies Record<
  string,
  (command: FileCommand) => readonly [string, Record<string, string | number | null>]
>;
const LIMITS = { workdir: ".", maxsize: null, blocksize: 16_384 };

/** What came of a command, with all that its master got. */
interface Answer {
  readonly report: CommandReport;
  readonly received: string;
}

interface ConfinedWorker {
  readonly basedir: string;
  readonly outside: string;
  readonly run: (command: FileCommand) => Promise<Answer>;
  /** Each of the worker's calls that named something outside. Ends the worker. */
  readonly callsOutside: () => Promise<readonly string[]>;
}

interface Session {
  readonly run: (command: FileCommand) => Promise<Answer>;
  readonly shell: (command: string, workdir?: string) => Promise<CommandReport>;
}

const protocols = {
  async pb(_basedir: string, start: (port: number) => void): Promise<Session> {
    const master = await FakeMaster.listen();
    ends.push(() => master.close());
    start(master.port);
    const attached = await master.nextWorker();
    const builder = (await attached.setBuilders("b1")).get("b1")!;
    return {
      shell: (command, workdir = ".") => attached.run(builder, "shell", { command, workdir, logEnviron: false }),
      async run(command) {
        const [name, args] = IN_PB[command.name](command);
        const file = new FakeWriter();
        const handles = {
          writer: attached.broker.expose(file.object),
          reader: attached.broker.expose(new FakeReader(Buffer.from("evil")).object),
        };
        const report = await attached.run(builder, name, { ...args, ...(name.includes("load") ? handles : {}) });
        return { report, received: file.content.toString("latin1") };
      },
    };
  },
  async msgpack(basedir: string, start: (port: number) => void): Promise<Session> {
    const master = await FakeMsgpackMaster.listen();
    ends.push(() => master.close());
    start(master.port);
    const attached = await master.nextWorker();
    const workdir = join(basedir, "b1");
    const full = (path: string) => (path.startsWith("/") ? path : `${workdir}/${path}`);
    return {
      shell: (command, place = ".") => attached.run("shell", { command, workdir: full(place), logEnviron: false }),
      async run({ name, path, to = "" }) {
        let received = "";
        let isRead = false;
        const take = (fields: MsgpackMap) => {
          received += Buffer.from(fields.get("args") as Uint8Array).toString("latin1");
          return null;
        };
        const file: FileOperations = {
          update_upload_file_write: take,
          update_upload_directory_write: take,
          update_read_file() {
            const block = Buffer.from(isRead ? "" : "evil");
            isRead = true;
            return block;
          },
        };
        const args = {
          paths: [full(path)],
          from_path: full(path),
          to_path: full(to),
          path: full(path),
          maxsize: null,
          blocksize: 16_384,
          compress: null,
          mode: null,
        };
        return { report: await attached.run(name, args, { file }), received };
      },
    };
  },
};

const typicalProtocols = rowsOf(["pb", "msgpack"] as const, (protocol) => protocol === "pb");

interface ConfinedWorker extends Session {
  readonly basedir: string;
  readonly outside: string;
  /** Ends the worker; then each of its system calls that named something outside. */
  readonly callsOutside: () => Promise<readonly string[]>;
}

/** A worker with --confine under strace, and a builder's directory with links that lead out. */
async function confinedWorker(
  protocol: keyof typeof protocols,
  options: readonly string[] = ["--confine"],
): Promise<ConfinedWorker> {
  const place = mkdtempSync(join(root, "run-"));
  const [outside, basedir] = [join(place, "outside"), join(place, "base")];
  mkdirSync(join(outside, "sub"), { recursive: true });
  for (const name of ["secret", "sub/f"]) writeFileSync(join(outside, name), SECRET);
  let exit: Promise<unknown> = Promise.resolve();
  const session = await protocols[protocol](basedir, (port) => {
    makeBasedir(basedir, { port, variables: protocol === "pb" ? {} : { protocol: "'msgpack_experimental_v7'" } });
    fill(join(basedir, "b1"), outside);
    const program = installation.start(["start", "--nodaemon", ...options, basedir], {
      under: [...STRACE, join(place, "calls"), "-e", "trace=%file"],
      // What goes through a ring of libuv's, strace cannot see.
      environment: { UV_USE_IO_URING: "0" },
    });
    exit = program.ended;
    // Such as a handle that nobody has closed.
    ends.push(() => expect(program.complained).toBe(""));
  });
  const pid = Number((await session.shell("echo $PPID")).text("stdout"));
  const end = async () => {
    if (pid > 0 && lives(pid)) process.kill(pid, "SIGTERM");
    await exit;
  };
  ends.push(end);
  return {
    basedir,
    outside,
    ...session,
    async callsOutside() {
      await end();
      const traces = readdirSync(place).filter((name) => name.startsWith("calls."));
      const calls = traces.flatMap((name) => readFileSync(join(place, name), "utf8").split("\n"));
      expect(calls.some((call) => call.includes(basedir))).toBe(true);
      // Where a link leads was read in it, or is written into a copy of it.
      const named = calls.map((call) =>
        call.replace(/^(readlink\("(?:[^"\\]|\\.)*"), .*/, "$1").replace(/^symlink\("(?:[^"\\]|\\.)*"/, "symlink("),
      );
      return named.filter((call) => call.includes(outside));
    },
  };
}

/** A builder's directory with some files, and links that lead out. */
function fill(builder: string, outside: string): void {
  for (const name of ["d/deep", "trap"]) mkdirSync(join(builder, name), { recursive: true });
  for (const name of ["d/f", "d/deep/f"]) writeFileSync(join(builder, name), "inside");
  const links = {
    "link-out": outside,
    up: relative(builder, join(outside, "..")),
    "file-out": join(outside, "secret"),
    chain: "link-out/sub",
    "dangling-out": join(outside, "new"),
    "d/inner": outside,
    "trap/f": join(outside, "secret"),
    within: "d/deep",
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(builder, name));
}

/** Everything below a directory, with times that reading would change too. */
function stateOf(directory: string): readonly string[] {
  const paths = ["", ...readdirSync(directory, { recursive: true, encoding: "utf8" }).sort()];
  return paths.map((name) => {
    const { mode, size, atimeMs, mtimeMs, ctimeMs } = statSync(join(directory, name));
    return [name, mode, size, atimeMs, mtimeMs, ctimeMs].join(" ");
  });
}

/** Makes old what is outside, so that the next reading changes its time (relatime). */
function age(directory: string): readonly string[] {
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    utimesSync(join(directory, name), LONG_AGO, LONG_AGO + 1);
  }
  utimesSync(directory, LONG_AGO, LONG_AGO + 1);
  return stateOf(directory);
}

/** `at`: the directory outside, absolute and relative to the builder's. */
function hostileCommands(absolute: string, climbing: string): readonly FileCommand[] {
  const each = (name: FileCommand["name"], ...paths: string[]) => paths.map((path) => ({ name, path }));
  const roads = [absolute, climbing, "link-out", "up/outside", "d/inner"];
  const files = roads.map((road) => `${road}/secret`);
  return [
    ...each("stat", ...files.slice(0, 3), "file-out", "chain/f", "within/../../../../outside/secret"),
    ...each("listdir", ...roads, "chain"),
    ...each("glob", `${absolute}/*`, `${climbing}/*`, "link-out/*", "up/**", "d/../../../outside/**"),
    ...each("mkdir", ...roads.map((road) => `${road}/new`), "dangling-out/new"),
    ...each("rmdir", ...roads.slice(0, 2), "link-out/sub", "up/outside", "..", "../..", "../info"),
    ...each("rmfile", ...files),
    ...each("upload_file", ...files, "file-out", "../buildbot.tac"),
    ...each("upload_directory", ...roads, "..", "../.."),
    ...each(
      "download_file",
      ...files,
      "file-out",
      "dangling-out",
      `${absolute}/new`,
      "../buildbot.tac",
      "../twistd.log",
    ),
    ...["link-out/sub", absolute, ".."].map((path) => ({ name: "cpdir" as const, path, to: "stolen" })),
    ...[`${absolute}/new`, "link-out/new", "dangling-out"].map((to) => ({ name: "cpdir" as const, path: "d", to })),
  ];
}

describe.skipIf(missing !== undefined)(
  `file commands under --confine${missing === undefined ? "" : ` (left out: ${missing})`}`,
  () => {
    it.each(typicalProtocols)("touch nothing outside, over %s", async (protocol) => {
      const worker = await confinedWorker(protocol);
      const { basedir, outside } = worker;
      const before = age(outside);
      const tac = readFileSync(join(basedir, "buildbot.tac"), "utf8");
      const commands = hostileCommands(outside, relative(join(basedir, "b1"), outside));
      expect(commands.length).toBeGreaterThan(40);
      for (const command of commands) {
        const { report, received } = await worker.run(command);
        const told = [report.text("header"), report.text("stderr")].join("");
        expect([command, report.value("rc") === 0, told.includes("--confine")]).toEqual([command, false, true]);
        expect(received).toBe("");
      }
      // Not even as a working directory, which would be created.
      for (const path of [`${outside}/new`, "link-out/new", "/usr/bin"]) {
        const report = await worker.shell("true", path);
        expect([path, report.text("stderr").includes("--confine")]).toEqual([path, true]);
      }
      // A link in the way is left alone, or replaced.
      for (const command of [
        { name: "cpdir", path: "d", to: "trap" },
        { name: "cpdir", path: "d/deep", to: "trap" },
        { name: "glob", path: "*/secret" },
        { name: "rmdir", path: "d" },
        { name: "rmfile", path: "link-out" },
      ] as const) {
        const { report } = await worker.run(command);
        expect([command, report.value("rc"), report.text("header")]).toEqual([command, 0, ""]);
        expect(JSON.stringify(report.value("files") ?? [])).toBe("[]");
      }
      expect(readFileSync(join(basedir, "buildbot.tac"), "utf8")).toBe(tac);
      expect(await worker.callsOutside()).toEqual([]);
      expect(stateOf(outside)).toEqual(before);
    });

    rareTest("are seen to touch something outside without it", 180_000, async () => {
      const { run, callsOutside, outside } = await confinedWorker("pb", []);
      const before = age(outside);
      for (const path of ["link-out/secret", `${outside}/secret`]) {
        expect((await run({ name: "upload_file", path })).received).toBe(SECRET);
      }
      expect(await callsOutside()).not.toEqual([]);
      expect(stateOf(outside)).not.toEqual(before);
    });

    it("still do all that is asked of them inside", async () => {
      const { run, basedir } = await confinedWorker("pb");
      const b1 = join(basedir, "b1");
      const done = async (name: FileCommand["name"], path: string, to = "") => {
        const answer = await run({ name, path, to });
        expect([name, answer.report.value("rc"), answer.report.text("header").replace(/^sending .*\n/, "")]).toEqual([
          name,
          0,
          "",
        ]);
        return answer;
      };
      await done("mkdir", "made/deep");
      await done("mkdir", "../b2/made");
      await done("download_file", "within/new/file");
      expect(readFileSync(join(b1, "d/deep/new/file"), "utf8")).toBe("evil");
      expect((await done("upload_file", "within/../deep/f")).received).toBe("inside");
      expect((await done("upload_directory", "d")).received).toContain("inside");
      expect((await done("listdir", "within")).report.value("files")).toEqual(expect.arrayContaining(["f", "new"]));
      expect((await done("glob", "d/**/f")).report.value("files")).toEqual(
        expect.arrayContaining(["d/f", "d/deep/f"].map((name) => join(b1, name))),
      );
      expect((await done("stat", `${b1}/within/f`)).report.value("stat")).toBeDefined();
      await done("cpdir", "d", "copy");
      await done("cpdir", "d", "copy");
      expect(readFileSync(join(b1, "copy/d/deep/new/file"), "utf8")).toBe("evil");
      await done("cpdir", "d", "d/self");
      expect(readdirSync(join(b1, "d/self")).sort()).toEqual(["deep", "f", "inner"]);
      await done("rmfile", "copy/f");
      for (const path of ["copy", "absent", "within"]) await done("rmdir", path);
      expect(readdirSync(b1).filter((name) => ["copy", "within"].includes(name))).toEqual([]);
      expect(readFileSync(join(b1, "d/deep/f"), "utf8")).toBe("inside");
    });

    it.each(typicalProtocols)(
      "touch nothing outside while a directory is replaced by a link, over %s",
      async (protocol) => {
        const worker = await confinedWorker(protocol);
        const { basedir, outside } = worker;
        const b1 = join(basedir, "b1");
        mkdirSync(join(b1, "racing/race/sub"), { recursive: true });
        for (const name of ["secret", "sub/f"]) writeFileSync(join(b1, "racing/race", name), "inside");
        symlinkSync(outside, join(b1, "racing/link"));
        const before = age(outside);
        const swaps = replaceForEver(join(b1, "racing"));
        try {
          const wins = new Set<string>();
          for (let round = 0; round < ROUNDS; round += 1) {
            for (const command of [
              { name: "stat", path: "racing/race/secret" },
              { name: "listdir", path: "racing/race" },
              { name: "glob", path: "racing/race/*" },
              { name: "upload_file", path: "racing/race/secret" },
              { name: "upload_directory", path: "racing" },
              { name: "download_file", path: "racing/race/secret" },
              { name: "mkdir", path: `racing/race/new${round}` },
              { name: "cpdir", path: "racing", to: `copy${round}` },
              { name: "cpdir", path: "trap", to: "racing/race/sub" },
              { name: "rmfile", path: "racing/race/secret" },
              { name: "rmdir", path: "racing/race/sub" },
            ] as const) {
              const { report, received } = await worker.run(command);
              if (report.value("rc") === 0) wins.add(command.name);
              expect(received).not.toContain(SECRET);
            }
            writeFileSync(join(b1, "d/f"), "inside");
          }
          expect(wins.size).toBeGreaterThan(5);
        } finally {
          swaps.kill("SIGKILL");
        }
        expect(await worker.callsOutside()).toEqual([]);
        expect(stateOf(outside)).toEqual(before);
      },
    );
  },
);

const ROUNDS = sized(4, 12);

/** Another process lets `race` be a directory and a link by turns, as fast as it can. */
function replaceForEver(directory: string): ChildProcess {
  const program = `const { renameSync } = require("node:fs"); for (;;) {
    for (const [from, to] of [["race", "away"], ["link", "race"], ["race", "link"], ["away", "race"]]) {
      try { renameSync(from, to); } catch {}
    } }`;
  const swaps = spawn(process.execPath, ["-e", program], { cwd: directory, stdio: "ignore" });
  ends.push(() => swaps.kill("SIGKILL"));
  return swaps;
}
