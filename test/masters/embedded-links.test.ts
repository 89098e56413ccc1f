// Real workers, Python's and ours, attached to our own master's listeners over both protocols: each does what the master asks,
// and both tell of it in the same words.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { masterErrors } from "../../src/master/errors.ts";
import { MAX_WAITING } from "../../src/master/login-delays.ts";
import { archiveSink } from "../../src/master/transfers/archive-sink.ts";
import { fileSink } from "../../src/master/transfers/file-sink.ts";
import { fileSource } from "../../src/master/transfers/file-source.ts";
import type { WorkerLink } from "../../src/master/worker-link.ts";
import { guess } from "../master/workers/guess.ts";
import {
  PASSWORD,
  type Report,
  run,
  shell,
  start,
  type TestArguments,
  TestMaster,
} from "../master/workers/test-registry.ts";
import { poll } from "../support/poll.ts";
import { rowsOf, sized } from "../support/sized.ts";
import { describeWithMaster } from "./support/availability.ts";
import {
  startLoneWorker,
  testedKinds,
  type WorkerKind,
  type WorkerProcess,
  workerKinds,
} from "./support/worker-process.ts";

const LIMIT = { limitBytes: 10_000_000 };
const MANY_LINES = sized(300_000, 1_000_000);
const content = randomBytes(1_500_000);

const upload: TestArguments = { maxsize: null, blocksize: 262_144, keepstamp: true, workdir: "build" };
const download: TestArguments = { maxsize: null, blocksize: 32_768, workdir: "build" };

/** Commands whose every word must be the same from both workers. */
const equalCases: readonly { readonly name: string; readonly command: string; readonly args: TestArguments }[] = [
  { name: "mkdir", command: "mkdir", args: { dir: "made/deep" } },
  { name: "output on both streams", command: "shell", args: shell(["sh", "-c", "echo out; echo err >&2; exit 3"]) },
  { name: "text for the shell", command: "shell", args: shell("echo $((6*7)); printf 'no newline'") },
  { name: "input", command: "shell", args: shell(["cat"], { initial_stdin: "näïve\n" }) },
  {
    name: "variables",
    command: "shell",
    args: shell('echo "$GREETING"', { env: new Map([["GREETING", "good morning"]]) }),
  },
  {
    name: "log files",
    command: "shell",
    args: shell("echo one > new.log; sleep 0.1; echo two >> new.log", {
      logfiles: new Map([
        [
          "new",
          new Map<string, string | boolean>([
            ["filename", "new.log"],
            ["follow", false],
          ]),
        ],
      ]),
    }),
  },
  { name: "a line of 4000 characters", command: "shell", args: shell(["printf", "%4000d\\n", "7"]) },
  {
    name: "a program that is missing",
    command: "shell",
    args: shell(["sh", "-c", "no-such-program-of-ours; exit 5"]),
  },
  {
    name: "cpdir",
    command: "cpdir",
    args: { fromdir: "made", todir: "copied", timeout: 120, maxTime: null, logEnviron: false },
  },
  { name: "listdir", command: "listdir", args: { dir: "copied" } },
  { name: "glob", command: "glob", args: { path: "copied/d*" } },
  { name: "stat of nothing", command: "stat", args: { file: "missing", workdir: "build" } },
  { name: "a file for rmfile", command: "shell", args: shell("echo text > file") },
  { name: "rmfile", command: "rmfile", args: { path: "build/file" } },
  { name: "rmfile of nothing", command: "rmfile", args: { path: "build/file" } },
  {
    name: "rmdir",
    command: "rmdir",
    args: { dir: ["made", "copied"], timeout: 120, maxTime: null, logEnviron: false },
  },
  { name: "a command that is unknown", command: "frobnicate", args: {} },
];

for (const protocol of ["pb", "msgpack"] as const) {
  describeWithMaster(`workers of our own master over ${protocol}`, () => {
    const root = mkdtempSync(join(tmpdir(), "buildhand-links-"));
    const uploads = join(root, "uploads");
    const programs = new Map<WorkerKind, WorkerProcess>();
    const links = new Map<WorkerKind, WorkerLink>();
    let master: TestMaster;

    beforeAll(async () => {
      writeFileSync(join(root, "content"), content);
      master = await TestMaster.listen({ config: { protocol }, names: workerKinds });
      const attached = workerKinds.map(async (kind) => {
        const options = { root, port: master.port, protocol, name: kind, password: PASSWORD };
        programs.set(kind, await startLoneWorker(kind, options));
        links.set(kind, await master.worker(kind));
      });
      await Promise.all(attached);
    });

    afterAll(async () => {
      await Promise.all([...programs.values()].map((program) => program.stop()));
      await master.close();
      rmSync(root, { recursive: true });
    });

    function linkOf(kind: WorkerKind): WorkerLink {
      const link = links.get(kind);
      if (link === undefined) throw new Error(`the ${kind} worker is not attached`);
      return link;
    }

    function basedirOf(kind: WorkerKind): string {
      return join(root, kind);
    }

    /** What differs between two runs anyway is made the same. */
    function comparable(kind: WorkerKind, report: Report, end: unknown): unknown {
      const same = (text: string) =>
        text.replaceAll(basedirOf(kind), "BASEDIR").replace(/elapsedTime=[\d.]+/g, "elapsedTime=T");
      const streams = new Map<string, string>();
      for (const update of report.updates) {
        if (!("text" in update)) continue;
        const key = "log" in update ? `log ${update.log}` : update.key;
        streams.set(key, (streams.get(key) ?? "") + same(Buffer.from(update.text).toString("utf8")));
      }
      const values = report.updates.filter((update) => !("text" in update) && update.key !== "elapsed");
      return { streams, values: JSON.parse(same(JSON.stringify(values))) as unknown, end: same(JSON.stringify(end)) };
    }

    it.each(equalCases)("has equal logs from both: $name", async ({ command, args }) => {
      const told = await Promise.all(
        workerKinds.map(async (kind) => {
          const report = await run(linkOf(kind), command, args);
          return comparable(kind, report, report.end);
        }),
      );
      expect(told[1]).toEqual(told[0]);
    });

    it.each(workerKinds)("knows the facts of the %s worker", (kind) => {
      const { info, peer, protocol: spoken } = linkOf(kind);
      expect(spoken).toBe(protocol);
      expect(peer).toMatch(/^127\.0\.0\.1:\d+$/);
      expect(info.basedir).toBe(basedirOf(kind));
      expect(info.facts.get("system")).toBe("posix");
      expect(info.facts.get("admin")).toBe("Your Name Here <admin@youraddress.invalid>\n");
      expect(info.version).toMatch(/^\d+\.\d+/);
      expect(info.commands.get("shell")).toBe("3.3");
      expect(info.environment.get("LANG")).toBe("C.UTF-8");
      expect(existsSync(join(basedirOf(kind), "b1"))).toBe(true);
    });

    it.each(workerKinds)(
      "tells the %s worker that a build begins, pings it, and notices that it lives",
      async (kind) => {
        await linkOf(kind).startBuild("b1");
        await linkOf(kind).ping(20_000);
        expect(master.sightings).toContain(kind);
      },
    );

    it.each(workerKinds)("sends a file to the %s worker and takes it back with its times", async (kind) => {
      const link = linkOf(kind);
      const args = { ...download, workerdest: "d/file", mode: 0o640 };
      const sent = await run(link, "downloadFile", args, { download: await fileSource(root, "content") });
      expect(sent.end).toEqual({ type: "completed", rc: 0 });
      const file = join(basedirOf(kind), "b1/build/d/file");
      expect(readFileSync(file).equals(content)).toBe(true);
      expect(statSync(file).mode & 0o777).toBe(0o640);
      const taken = await run(
        link,
        "uploadFile",
        { ...upload, workersrc: "d/file" },
        { upload: await fileSink(uploads, `${kind}/file`, LIMIT) },
      );
      expect(taken.end).toEqual({ type: "completed", rc: 0 });
      expect(readFileSync(join(uploads, kind, "file")).equals(content)).toBe(true);
      expect(Math.abs(statSync(join(uploads, kind, "file")).mtimeMs - statSync(file).mtimeMs)).toBeLessThan(1);
    });

    it.each(workerKinds)("makes no file of one that the %s worker does not have", async (kind) => {
      const sink = await fileSink(uploads, `${kind}/nothing`, LIMIT);
      const { end, ...report } = await run(
        linkOf(kind),
        "uploadFile",
        { ...upload, workersrc: "nothing" },
        { upload: sink },
      );
      expect(end).toEqual({ type: "completed", rc: 1 });
      expect(report.text("stderr")).toContain("Cannot open file");
      expect(existsSync(join(uploads, kind, "nothing"))).toBe(false);
    });

    it.each(workerKinds)("takes a directory of the %s worker", async (kind) => {
      const link = linkOf(kind);
      await run(link, "shell", shell("mkdir -p tree/sub && echo one > tree/one && ln -sf ../one tree/sub/link"));
      const path = `${kind}/tree`;
      const { end } = await run(
        link,
        "uploadDirectory",
        { maxsize: null, blocksize: 16_384, compress: null, workdir: "build", workersrc: "tree" },
        { upload: await archiveSink(uploads, path, LIMIT) },
      );
      expect(end).toEqual({ type: "completed", rc: 0 });
      expect(readFileSync(join(uploads, path, "sub/link"), "utf8")).toBe("one\n");
    });

    it.each(workerKinds)("ends an upload of the %s worker that is too large, and goes on", async (kind) => {
      const link = linkOf(kind);
      await run(link, "shell", shell("head -c 2000000 /dev/zero > large"));
      const sink = await fileSink(uploads, `${kind}/large`, { limitBytes: 1_000_000 });
      const { end } = await run(link, "uploadFile", { ...upload, workersrc: "large" }, { upload: sink });
      expect(end).toEqual({
        type: "failed",
        reason: masterErrors.uploadTooLarge(`${kind}/large`, "bytes (maxSize)", 1_000_000).message,
      });
      expect(existsSync(join(uploads, kind, "large"))).toBe(false);
      expect((await run(link, "shell", shell(["true"]))).end).toEqual({ type: "completed", rc: 0 });
    });

    it.each(workerKinds)("interrupts a command of the %s worker, as often as it likes", async (kind) => {
      const report = start(linkOf(kind), "shell", shell("echo begun; exec sleep 1000"));
      await poll("its first line", () => report.text("stdout") === "begun\n");
      report.command.interrupt("enough");
      report.command.interrupt("enough");
      expect(await report.ended).toEqual({ type: "completed", rc: -1 });
      expect(report.text("header")).toContain("command interrupted, attempting to kill");
      report.command.interrupt("too late");
    });

    it.each(testedKinds)("gets all of a long output of the %s worker, however slow it is itself", async (kind) => {
      let bytes = 0;
      const { end } = await run(linkOf(kind), "shell", shell(`seq 1 ${MANY_LINES}`), {
        onUpdate: async (update) => {
          await new Promise((resolve) => setImmediate(resolve));
          if (update.key === "stdout") bytes += update.text.length;
        },
      });
      expect(end).toEqual({ type: "completed", rc: 0 });
      expect(bytes).toBe(Array.from({ length: MANY_LINES }, (_, n) => `${n + 1}\n`).join("").length);
    });

    it.each(workerKinds)("removes a builder of the %s worker and gives it another", async (kind) => {
      const link = linkOf(kind);
      const lost = start(link, "shell", shell("sleep 1000"));
      await link.setBuilders([{ name: "b2", directory: "b2" }]);
      expect(await lost.ended).toMatchObject({
        type: "failed",
        reason: expect.stringContaining("does not belong to this worker"),
      });
      expect(existsSync(join(basedirOf(kind), "b2"))).toBe(true);
      expect((await run(link, "shell", shell(["true"]), { builder: "b2" })).end).toEqual({ type: "completed", rc: 0 });
      expect((await run(link, "shell", shell(["true"]))).end).toMatchObject({ type: "failed" });
      await link.setBuilders([{ name: "b1", directory: "b1" }]);
    });

    it.each(testedKinds)("loses the command of a %s worker that is killed, and takes the next worker", async (kind) => {
      const link = linkOf(kind);
      const report = start(link, "shell", shell("echo begun; exec sleep 30"));
      await poll("its start", () => report.updates.length > 0 || undefined);
      await programs.get(kind)?.stop("SIGKILL");
      expect(await report.ended).toMatchObject({ type: "lost" });
      expect(await link.ended).toMatch(/^the worker /);
      expect((await run(link, "shell", shell(["true"]))).end).toMatchObject({ type: "lost" });
      await expect(link.ping(1000)).rejects.toThrow();
      rmSync(basedirOf(kind), { recursive: true });
      mkdirSync(join(root, "again"), { recursive: true });
      master.links.splice(master.links.indexOf(link), 1);
      const options = { root, port: master.port, protocol, name: kind, password: PASSWORD };
      programs.set(kind, await startLoneWorker(kind, options));
      links.set(kind, await master.worker(kind));
    });

    it.each(workerKinds)("ends the %s worker when it asks it to", async (kind) => {
      await linkOf(kind).shutdown();
      expect(await programs.get(kind)?.exited).toEqual({ code: 0, signal: null });
      expect(await linkOf(kind).ended).toMatch(/^the worker /);
    });

    it("logs no problem", () => {
      expect(master.log.filter((text) => !text.includes("for a command that is not running"))).toEqual([]);
    });
  });
}

describeWithMaster("a worker that our own master rejects", () => {
  const root = mkdtempSync(join(tmpdir(), "buildhand-refused-"));
  const ends: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const end of ends) await end();
    rmSync(root, { recursive: true });
  });

  const rows = rowsOf(
    workerKinds.flatMap((kind) => (["pb", "msgpack"] as const).map((protocol) => [kind, protocol] as const)),
    ([kind, protocol]) => (kind === "python") === (protocol === "pb"),
  );
  const ours = rowsOf(rows, ([kind]) => kind === "buildhand");

  it.each(rows)("gets an error when its password is wrong: %s over %s", async (kind, protocol) => {
    const master = await TestMaster.listen({ config: { protocol } });
    const place = join(root, `wrong-${kind}-${protocol}`);
    mkdirSync(place);
    const options = { root: place, port: master.port, protocol, name: "w1", password: "wrong" };
    const program = await startLoneWorker(kind, options);
    ends.push(
      () => program.stop(),
      () => master.close(),
    );
    await poll("its log", () => /unauthorized login|\[401\]|loginRefused/i.test(program.log()));
    expect(master.log[0]).toContain("was rejected as 'w1'");
    expect(master.links).toEqual([]);
  });

  it.each(ours)("gets in while somebody guesses its password: %s over %s", async (kind, protocol) => {
    const master = await TestMaster.listen({ config: { protocol } });
    const place = join(root, `guessed-${kind}-${protocol}`);
    mkdirSync(place);
    const guesses = Array.from({ length: MAX_WAITING - 1 }, () => guess(protocol, master.port));
    await poll("the guesses", () => master.log.length === guesses.length);
    const program = await startLoneWorker(kind, {
      root: place,
      port: master.port,
      protocol,
      name: "w1",
      password: PASSWORD,
    });
    ends.push(
      () => program.stop(),
      () => master.close(),
    );
    expect((await run(await master.worker(), "shell", shell(["true"]))).end).toEqual({ type: "completed", rc: 0 });
    expect(await Promise.all(guesses)).toEqual(guesses.map(() => "refused"));
  });

  it.each(ours)("is the second of two with one name, while the first goes on: %s over %s", async (kind, protocol) => {
    const master: TestMaster = await TestMaster.listen({
      config: { protocol },
      async onAttach(link) {
        const other = master.links.find(({ name }) => name === link.name);
        if (other === undefined) return;
        await other.ping(10_000);
        throw masterErrors.duplicateWorker();
      },
    });
    const programs: WorkerProcess[] = [];
    for (const which of ["first", "second"]) {
      const place = join(root, `${which}-${kind}-${protocol}`);
      mkdirSync(place);
      programs.push(
        await startLoneWorker(kind, { root: place, port: master.port, protocol, name: "w1", password: PASSWORD }),
      );
      if (which === "first") await master.worker();
    }
    ends.push(
      () => Promise.all(programs.map((program) => program.stop())),
      () => master.close(),
    );
    await poll("the refusal", () => master.log.some((text) => text.includes("rejecting duplicate worker")));
    if (protocol === "pb") await poll("its log", () => programs[1]?.log().includes("rejecting duplicate worker"));
    expect((await run(await master.worker(), "shell", shell(["true"]))).end).toEqual({ type: "completed", rc: 0 });
  });
});
