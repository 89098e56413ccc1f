// An upgrade in place: the files of the program are replaced, or gone, while a worker runs that has not used all of them yet.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { JellyValue, Remote } from "../../src/wire/jelly/values.ts";
import { type Authority, makeAuthority } from "../support/certificates.ts";
import { FakeReader, FakeWriter } from "../support/fake-files.ts";
import { type AttachedWorker, FakeMaster } from "../support/fake-master.ts";
import { FakeMsgpackMaster } from "../support/fake-msgpack-master.ts";
import { listenOverTls } from "../support/listening.ts";
import { poll } from "../support/poll.ts";
import { rareTest, rowsOf } from "../support/sized.ts";
import { killWorker } from "./background-workers.ts";
import { type Installation, install, lives, logOf, makeBasedir } from "./worker-program.ts";

/** A port without a server: listening there requires privileges. */
const DEAD_PORT = 1;
const BUILDERS = Array.from({ length: 20 }, (_, n) => `b${n}`);
const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));

let root: string;
let authority: Authority;
let installation: Installation;
const started: { end(): Promise<unknown> }[] = [];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "buildhand-upgrade-"));
  authority = makeAuthority(root, "ours");
  installation = install({ ownCopy: true });
  cpSync(join(modules, "@lydell"), join(packageDirectory(), "node_modules/@lydell"), { recursive: true });
});
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.end();
  if (!existsSync(join(root, "old"))) return;
  rmSync(packageDirectory(), { recursive: true, force: true });
  renameSync(join(root, "old"), packageDirectory());
});
afterAll(async () => {
  await installation.remove();
  rmSync(root, { recursive: true });
});

const packageDirectory = () => dirname(dirname(installation.executable));

const upgrades = {
  removed: () => renameSync(packageDirectory(), join(root, "old")),
  replaced() {
    const files = readdirSync(packageDirectory(), { recursive: true, withFileTypes: true });
    upgrades.removed();
    for (const { parentPath, name } of files.filter((file) => file.isFile())) {
      mkdirSync(parentPath, { recursive: true });
      const isScript = /\.[cm]?js$/.test(name);
      writeFileSync(join(parentPath, name), isScript ? 'throw new Error("of another version");' : "of another version");
    }
  },
};

function startWorker(variables: Readonly<Record<string, string>>, port = DEAD_PORT) {
  const basedir = makeBasedir(installation.newPath(), { port, variables });
  // An argument of `Worker`, which has no variable.
  const tac = join(basedir, "buildbot.tac");
  writeFileSync(
    tac,
    readFileSync(tac, "utf8").replace("useTls=use_tls,", "useTls=use_tls, unicode_encoding='shift_jis',"),
  );
  const program = installation.start(["start", "--nodaemon", basedir]);
  return { basedir, program };
}

/** A port that leads to another by TLS. */
async function overTls(port: number): Promise<number> {
  const pair = authority.issue(`front-${port}`, { names: "DNS:localhost" });
  const front = await listenOverTls(pair, port);
  started.push(front);
  return front.port;
}

const ARCHIVES = [null, "gz", "bz2"] as const;

/** Runs every kind of command; `workerPid` starts those that are no crowd. */
async function runEverything(attached: AttachedWorker, workerPid: number): Promise<void> {
  const builders = await attached.setBuilders(...BUILDERS);
  const builder = builders.get("b0")!;
  const run = async (name: string, args: Record<string, JellyValue>, on: Remote = builder) => {
    const report = await attached.run(on, name, args);
    expect(await report.completed).toBeNull();
    return report;
  };
  const shell = (command: JellyValue, others: Record<string, JellyValue> = {}, on = builder) =>
    run("shell", { command, workdir: ".", logEnviron: false, ...others }, on);

  // Two characters in Shift JIS.
  expect((await shell("printf '\\223\\372\\226\\173'")).text("stdout")).toBe("\u65e5\u672c\n");
  expect((await shell(["printf", "%s", "\u65e5"])).text("stdout")).toBe("\u65e5\n");
  expect((await shell("test -t 1 && echo terminal", { usePTY: 1 })).text("stdout")).toBe("terminal\n");
  const missing = await shell(["no-such-program"]);
  expect(missing.text("header")).toContain("buildhand: no-such-program was not found\n");

  await poll("a launcher", async () => {
    const reports = await Promise.all([...builders.values()].map((one) => shell("echo $PPID", {}, one)));
    return reports.some((report) => Number(report.text("stdout")) !== workerPid);
  });

  const content = Buffer.from("some content");
  const transfer = async (name: string, args: Record<string, JellyValue>, file: FakeReader | FakeWriter) => {
    const handle = { [file instanceof FakeReader ? "reader" : "writer"]: attached.broker.expose(file.object) };
    const report = await run(name, { workdir: ".", maxsize: null, blocksize: 5, ...args, ...handle });
    expect(report.value("rc")).toBe(0);
  };
  await transfer("downloadFile", { workerdest: "d/f", mode: null }, new FakeReader(content));
  const uploaded = new FakeWriter();
  await transfer("uploadFile", { workersrc: "d/f", keepstamp: true }, uploaded);
  expect(uploaded.content).toEqual(content);
  for (const compress of ARCHIVES) {
    const archive = new FakeWriter();
    await transfer("uploadDirectory", { workersrc: "d", compress }, archive);
    expect(archive.content.length).toBeGreaterThan(0);
  }

  for (const [name, args] of [
    ["mkdir", { dir: "made" }],
    ["cpdir", { fromdir: "d", todir: "copied" }],
    ["stat", { file: "copied/f" }],
    ["glob", { path: "copied/*" }],
    ["listdir", { dir: "copied" }],
    ["rmfile", { path: join("copied", "f") }],
    ["rmdir", { dir: "copied" }],
  ] as const) {
    expect([name, (await run(name, args)).value("rc")]).toEqual([name, 0]);
  }
}

describe.each(rowsOf(Object.entries(upgrades), (_, at) => at === 0))(
  "a worker whose program was %s",
  (_how, upgrade) => {
    it("runs every command, connects again by TLS, and ends gracefully", async () => {
      let shutdowns = 0;
      const master = await FakeMaster.listen({
        onShutdown() {
          shutdowns += 1;
          return null;
        },
      });
      started.push({ end: () => master.close() });
      const endpoint = `tls:localhost:${await overTls(master.port)}:trustRoots=${authority.directory}`;
      const variables = { buildmaster_host: "None", port: "None", connection_string: `'${endpoint}'` };
      const { basedir, program } = startWorker(variables);
      const first = await master.nextWorker();
      upgrade();
      await runEverything(first, program.child.pid ?? 0);
      for (const socket of master.sockets) socket.destroy();
      const second = await master.nextWorker();
      await runEverything(second, program.child.pid ?? 0);
      program.child.kill("SIGUSR1");
      program.child.kill("SIGUSR2");
      await poll("the question for the end", () => shutdowns > 0);
      await second.call("shutdown").catch(() => {}); // it may be gone before it answers
      expect(await program.ended).toEqual({ code: 0, signal: null });
      expect(logOf(basedir).filter((text) => /internal error|launcher/.test(text))).toEqual([]);
    });

    rareTest("runs commands and connects again over MessagePack", 180_000, async () => {
      const master = await FakeMsgpackMaster.listen({ deflate: true });
      started.push({ end: () => master.close() });
      const variables = { protocol: "'msgpack_experimental_v7'", msgpack_deflate: "'yes'" };
      const { basedir, program } = startWorker(variables, master.port);
      for (let connection = 0; connection < 2; connection += 1) {
        const worker = await master.nextWorker();
        if (connection === 0) upgrade();
        const args = { workdir: join(basedir, "b1"), logEnviron: false };
        const shell = await worker.run("shell", { ...args, command: "test -t 1 && echo terminal", usePTY: true });
        expect(shell.text("stdout")).toBe("terminal\n");
        const upload = { path: args.workdir, compress: "bz2", blocksize: 100, maxsize: null };
        expect((await worker.run("upload_directory", upload)).value("rc")).toBe(0);
        for (const socket of master.sockets) socket.destroy();
      }
      program.child.kill("SIGTERM");
      expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" });
      expect(logOf(basedir).filter((text) => /internal error/.test(text))).toEqual([]);
    });
  },
);

it("a package that is replaced under a running build, and then restart --graceful, lose no build", async () => {
  const master = await FakeMaster.listen({ onShutdown: () => null });
  started.push({ end: () => master.close() });
  const basedir = makeBasedir(installation.newPath(), { port: master.port });
  void installation.start(["start", basedir]);
  const first = await master.nextWorker();
  await poll("the pid file", () => existsSync(join(basedir, "twistd.pid")));
  const oldPid = readFileSync(join(basedir, "twistd.pid"), "utf8");
  started.push({ end: () => killWorker(basedir) });
  const builder = (await first.setBuilders("b1")).get("b1")!;
  const gate = join(basedir, "gate");
  const command = `until test -e '${gate}'; do sleep 0.05; done; echo finished`;
  const report = await first.startCommand(builder, "shell", { command, workdir: ".", logEnviron: false });

  const newer = join(root, "newer");
  cpSync(packageDirectory(), newer, { recursive: true });
  const manifest = join(newer, "package.json");
  writeFileSync(manifest, readFileSync(manifest, "utf8").replace(/"version": "[^"]+"/, '"version": "9.9.9"'));
  upgrades.removed();
  renameSync(newer, packageDirectory());

  const restart = installation.start(["restart", "--graceful", "--quiet", basedir]);
  await poll("the drain", () => logOf(basedir).some((text) => text.startsWith("draining: requested by")));
  expect(lives(Number(oldPid))).toBe(true);
  writeFileSync(gate, "");
  await report.completed;
  expect([report.value("rc"), report.text("stdout")]).toEqual([0, "finished\n"]);
  await first.call("shutdown").catch(() => {}); // it may be gone before it answers
  expect((await restart.ended).code).toBe(0);
  const second = await master.nextWorker();
  expect(await second.call("getVersion")).toBe("9.9.9");
  expect(readFileSync(join(basedir, "twistd.pid"), "utf8")).not.toBe(oldPid);
});

it("only what the buildbot.tac or the system decides on is loaded after the program's own files, and that before a worker attaches", () => {
  const program = readFileSync(join(packageDirectory(), "dist/program/start.js"), "utf8");
  const late = [...program.matchAll(/\(\)=>require\("([^"]+)"\)/g)].map(([, name = ""]) => name);
  expect([...new Set(late)].sort()).toEqual([
    "./environment-worker.js",
    "./http-listener.js",
    "./iconv-coding.js",
    "./msgpack-connection.js",
    "./open-admission.js",
    "./open-confinement.js",
    "./open-receipts.js",
    "./ps-tree.js",
    "./relay.js",
    "./tls.js",
    "./wide-stream.js",
    "./without-proc.js",
  ]);
});
