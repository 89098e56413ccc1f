// The worker against a master of ours on a loopback socket: what goes over the wire is real on both sides.
import { existsSync } from "node:fs";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Tuple } from "../../src/base/python-values.ts";
import type { JellyValue, Remote } from "../../src/wire/jelly/values.ts";
import { type AttachedWorker, FakeMaster, type FakeMasterOptions } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { sized } from "../support/sized.ts";
import { startTestWorker, type TestWorker, type TestWorkerOptions } from "../support/test-worker.ts";

const started: { end(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.end();
});

interface Pair {
  readonly master: FakeMaster;
  readonly worker: TestWorker;
  readonly attached: AttachedWorker;
}

async function attachedPair(
  masterOptions: FakeMasterOptions = {},
  workerOptions: Omit<TestWorkerOptions, "port"> = {},
): Promise<Pair> {
  const master = await FakeMaster.listen(masterOptions);
  started.push({ end: () => master.close() });
  const worker = await startTestWorker({ ...workerOptions, port: master.port });
  started.push(worker);
  return { master, worker, attached: await master.nextWorker() };
}

async function oneBuilder(pair: Pair): Promise<Remote> {
  return (await pair.attached.setBuilders("b1")).get("b1")!;
}

const sh = (command: JellyValue, args: Record<string, JellyValue> = {}) => ({
  command,
  workdir: "build",
  logEnviron: false,
  ...args,
});
const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ESRCH
  }
};

const transfers = ["uploadFile", "upload_file", "uploadDirectory", "upload_directory", "downloadFile", "download_file"];
const fileCommands = ["mkdir", "rmdir", "cpdir", "stat", "glob", "listdir", "rmfile"];
const allCommands = new Map(["shell", ...transfers, ...fileCommands].map((name) => [name, "3.3"]));

describe("attaching", () => {
  it("answers what a master asks, and logs what it says", async () => {
    const { attached, worker } = await attachedPair();
    await attached.call("print", "attached");
    expect(await attached.call("getVersion")).toBe("0.0.0");
    expect(await attached.call("getCommands")).toEqual(allCommands);
    await poll("the login", () => worker.log.includes("Connected to buildmaster; worker is ready"));
    expect(worker.log).toContain("message from master: attached");
  });

  it("reports facts about its host, without those that cannot be read", async () => {
    const { attached, worker } = await attachedPair();
    const shared = join(worker.basedir, "shared");
    await mkdir(shared);
    await symlink(shared, join(worker.basedir, "info"));
    await writeFile(join(shared, "admin"), "Me <me@example.org>\n");
    await writeFile(join(shared, "host"), Buffer.from([0xff, 0xfe]));
    await writeFile(join(worker.basedir, "elsewhere"), "ssh://here\n");
    await symlink(join(worker.basedir, "elsewhere"), join(shared, "access_uri"));
    const info = (await attached.call("getWorkerInfo")) as ReadonlyMap<string, JellyValue>;
    expect(info.get("admin")).toBe("Me <me@example.org>\n");
    expect(info.get("access_uri")).toBe("ssh://here\n");
    expect(info.has("host")).toBe(false);
    expect(worker.log.some((line) => line.includes("host") && line.includes("UTF-8"))).toBe(true);
    expect(info.get("basedir")).toBe(worker.basedir);
    expect(info.get("system")).toBe("posix");
    expect(info.get("numcpus")).toBeGreaterThanOrEqual(1);
    expect(info.get("worker_commands")).toEqual(allCommands);
  });

  it("honours a configured number of processors", async () => {
    const { attached } = await attachedPair({}, { settings: { numcpus: 3 } });
    const info = (await attached.call("getWorkerInfo")) as ReadonlyMap<string, JellyValue>;
    expect(info.get("numcpus")).toBe(3);
  });

  it("takes builder lists at any time: the same object for the same builder, directories made, an empty list too", async () => {
    const { attached, worker } = await attachedPair();
    const first = await attached.setBuilders("b1", "nested/b2");
    expect(existsSync(join(worker.basedir, "nested/b2"))).toBe(true);
    const second = await attached.setBuilders("b1", "b3");
    expect(second.get("b1")?.luid).toBe(first.get("b1")?.luid);
    expect([...second.keys()]).toEqual(["b1", "b3"]);
    const leftover =
      "I have a leftover directory 'nested' that is not being used by the buildmaster: you can delete it now";
    await poll("the leftover directory to be named", () => worker.log.includes(leftover));
    expect((await attached.setBuilders()).size).toBe(0);
  });

  it("takes names as bytes and gives them back as bytes", async () => {
    const { attached } = await attachedPair();
    const pair = [Buffer.from("b1"), Buffer.from("b1")];
    const answer = (await attached.call("setBuilderList", [pair])) as ReadonlyMap<JellyValue, JellyValue>;
    expect([...answer.keys()]).toEqual([Buffer.from("b1")]);
  });

  it("makes a builder's directory outside the base directory, and says so once for each builder", async () => {
    const { attached, worker } = await attachedPair();
    const outside = `${worker.basedir}-outside`;
    const names = [`../${basename(outside)}`, `${outside}/b2`, "..in", "in/../in2", worker.basedir];
    try {
      await attached.setBuilders(...names);
      await attached.setBuilders(...names);
      expect(existsSync(`${outside}/b2`)).toBe(true);
      expect(worker.log.filter((line) => line.includes("outside the base directory"))).toEqual([
        `the master places builder '../${basename(outside)}' outside the base directory, in ${outside}`,
        `the master places builder '${outside}/b2' outside the base directory, in ${outside}/b2`,
      ]);
    } finally {
      await rm(outside, { recursive: true });
    }
  });

  it("removes leftover directories only when it may, and never those it needs", async () => {
    const { attached, worker } = await attachedPair({}, { settings: { deleteLeftoverDirs: true } });
    await mkdir(join(worker.basedir, "info"));
    await mkdir(join(worker.basedir, "old/deep"), { recursive: true });
    await attached.setBuilders("a/b");
    expect(existsSync(join(worker.basedir, "a/b"))).toBe(true);
    expect(existsSync(join(worker.basedir, "info"))).toBe(true);
    await poll("the leftover directory to be removed", () => !existsSync(join(worker.basedir, "old")));
  });

  it("answers a method that masters probe for as unknown", async () => {
    const { attached } = await attachedPair();
    await expect(attached.call("getSlaveInfo")).rejects.toThrow("No such method: remote_getSlaveInfo");
    await expect(attached.call("print", "a", "b")).rejects.toThrow("builtins.TypeError");
  });

  it("passes a master's order to shut down on, after answering it", async () => {
    const { attached, worker } = await attachedPair();
    expect(await attached.call("shutdown")).toBeNull();
    expect(worker.shutdowns).toEqual(["asked"]);
    expect(worker.log).toContain("worker shutting down on command from master");
  });
});

describe("shell", () => {
  it("runs a command and reports as the real worker does", async () => {
    const pair = await attachedPair();
    const report = await pair.attached.run(
      await oneBuilder(pair),
      "shell",
      sh(["sh", "-c", "echo out; echo err >&2; printf end; exit 3"]),
    );
    const dir = join(pair.worker.basedir, "b1/build");
    expect(report.text("header")).toBe(
      `sh -c 'echo out; echo err >&2; printf end; exit 3'\n in dir ${dir}\n watching logfiles {}\n` +
        ` argv: [b'sh', b'-c', b'echo out; echo err >&2; printf end; exit 3']\n using PTY: False\n` +
        `elapsedTime=${report.text("header").match(/elapsedTime=(\d+\.\d{6})/)?.[1]}\n`,
    );
    expect(report.text("stdout")).toBe("out\nend\n");
    expect(report.text("stderr")).toBe("err\n");
    expect(report.value("rc")).toBe(3);
    expect(report.value("elapsed")).toMatchObject({ value: expect.any(Number) });
    expect(await report.completed).toBeNull();
    expect(report.updates.map(([key]) => key).indexOf("rc")).toBeLessThan(
      report.updates.map(([key]) => key).indexOf("elapsed"),
    );
  });

  it("gives a string command to the shell, with environment, directory and input", async () => {
    const pair = await attachedPair();
    const report = await pair.attached.run(
      await oneBuilder(pair),
      "shell",
      sh("pwd; echo $A; cat", {
        env: new Map<JellyValue, JellyValue>([["A", ["x", "${HOME}"]]]),
        workdir: "deep/er",
        initial_stdin: "typed\n",
      }),
    );
    expect(report.text("stdout")).toBe(`${join(pair.worker.basedir, "b1/deep/er")}\nx:${pair.worker.basedir}\ntyped\n`);
    expect(report.text("header")).toContain(" writing 6 bytes to stdin\n");
  });

  it("shows a hidden word only as the master wants it, also in the log", async () => {
    const pair = await attachedPair();
    const hidden = new Tuple<JellyValue>(["obfuscated", "s3cret", "XXXX"]);
    const report = await pair.attached.run(await oneBuilder(pair), "shell", sh(["echo", hidden]));
    expect(report.text("stdout")).toBe("s3cret\n");
    expect(report.text("header")).toContain("echo XXXX");
    expect(report.text("header") + pair.worker.log.join()).not.toContain("s3cret");
  });

  it("never puts an environment into its log", async () => {
    const pair = await attachedPair();
    const env = new Map<JellyValue, JellyValue>([["TOKEN", "s3cret"]]);
    const report = await pair.attached.run(await oneBuilder(pair), "shell", sh("true", { env, logEnviron: true }));
    expect(report.text("header")).toContain("  TOKEN=s3cret\n");
    expect(pair.worker.log.join()).not.toContain("s3cret");
  });

  it("says in one line that a program does not exist, and gives rc 1", async () => {
    const pair = await attachedPair();
    const report = await pair.attached.run(await oneBuilder(pair), "shell", sh(["no-such-program"]));
    expect(report.text("stderr")).toMatch(/^.*no-such-program.*\n$/);
    expect(report.value("rc")).toBe(1);
    expect(await report.completed).toBeNull();
  });

  it("runs a program that prints megabytes, without losing a byte", async () => {
    const pair = await attachedPair();
    const report = await pair.attached.run(await oneBuilder(pair), "shell", sh("seq 1 300000"));
    expect(report.text("stdout")).toBe(Array.from({ length: 300_000 }, (_, i) => `${i + 1}\n`).join(""));
  });

  it("kills a command and its children when it is interrupted", async () => {
    const pair = await attachedPair();
    const builder = await oneBuilder(pair);
    const report = await pair.attached.startCommand(builder, "shell", sh("sleep 1000 & echo $$ $!; wait"));
    await report.printed("stdout", "\n");
    await pair.attached.broker.call(builder, "interruptCommand", [report.id, "no longer wanted"]);
    await report.completed;
    expect(report.value("rc")).toBe(-1);
    expect(report.text("header")).toContain("\ncommand interrupted, attempting to kill\nprocess killed by signal 9\n");
    expect(report.value("elapsed")).toBeUndefined();
    const pids = report.text("stdout").trim().split(" ").map(Number);
    await poll("the children to be gone", () => !pids.some(alive));
    expect(pair.worker.log).toContain(`(command ${report.id}): asked to interrupt: reason no longer wanted`);
  });

  it("ends a command that is silent for too long, and says why", async () => {
    const pair = await attachedPair();
    const report = await pair.attached.run(await oneBuilder(pair), "shell", sh(["sleep", "1000"], { timeout: 1 }));
    expect(report.value("failure_reason")).toBe("timeout_without_output");
    expect(report.value("rc")).toBe(-1);
    expect(report.text("header")).toContain(
      "\ncommand timed out: 1 seconds without output running [b'sleep', b'1000'], attempting to kill\n",
    );
  });

  it("ends a command that prints more lines than it may", async () => {
    const pair = await attachedPair();
    const report = await pair.attached.run(await oneBuilder(pair), "shell", sh("yes", { max_lines: 10 }));
    expect(report.value("failure_reason")).toBe("max_lines_failure");
    expect(report.text("header")).toMatch(/command exceeds max lines: \d+\/10 written\/allowed running b'yes'/);
    expect(report.text("stdout")).toBe("y\n".repeat(10));
  });

  it.each([{ interruptSignal: "INT" }, { sigtermTime: 60 }])(
    "ends one with %j, which may print in answer, and sends nothing but what is within the limit",
    async (way) => {
      const pair = await attachedPair();
      const script = "trap 'seq 5000; exit 7' INT TERM; seq 10; while :; do sleep 0.01; done";
      const args = { max_lines: 5, ...way };
      const report = await pair.attached.run(await oneBuilder(pair), "shell", sh(script, args));
      expect([report.value("rc"), report.text("stdout")]).toEqual([7, "1\n2\n3\n4\n5\n"]);
    },
  );

  it.each([
    ["no command", { workdir: "x" }, "builtins.ValueError: WorkerShellCommand is missing args: command"],
    ["no workdir", { command: "x" }, "builtins.KeyError: 'workdir'"],
    ["a command that is a number", { command: 5, workdir: "x" }, "builtins.TypeError"],
  ])("refuses %s at once", async (_, args, text) => {
    const pair = await attachedPair();
    await expect(pair.attached.startCommand(await oneBuilder(pair), "shell", args)).rejects.toThrow(text);
  });

  it.each([
    [
      "an environment value that is a number",
      { env: new Map<JellyValue, JellyValue>([["A", 5]]) },
      "builtins.RuntimeError",
      "key 'A'",
    ],
    ["an odd usePTY", { usePTY: "slave-config" }, "builtins.AssertionError", "slave-config"],
    ["an empty command", { command: [] }, "buildbot_worker.exceptions.AbandonChain", "(-1, 'Got exception"],
  ])("completes with a failure for %s", async (_, args, type, text) => {
    const pair = await attachedPair();
    const report = await pair.attached.run(await oneBuilder(pair), "shell", sh("true", args));
    const completed = JSON.stringify(await report.completed);
    expect(completed).toContain(type);
    expect(completed).toContain(text);
    expect(report.value("rc")).toBeUndefined();
  });
});

describe("mkdir", () => {
  it("makes a directory with its parents; one that exists is fine", async () => {
    const pair = await attachedPair();
    const builder = await oneBuilder(pair);
    for (let time = 0; time < 2; time += 1) {
      const report = await pair.attached.run(builder, "mkdir", { dir: "a/b" });
      expect(report.updates.map(([key]) => key)).toEqual(["rc", "elapsed"]);
      expect(report.value("rc")).toBe(0);
    }
    expect(existsSync(join(pair.worker.basedir, "b1/a/b"))).toBe(true);
  });

  it("reports the error of the system as rc, with its text behind", async () => {
    const pair = await attachedPair();
    const builder = await oneBuilder(pair);
    await writeFile(join(pair.worker.basedir, "b1/file"), "");
    const path = join(pair.worker.basedir, "b1/file/sub");
    const report = await pair.attached.run(builder, "mkdir", { dir: "file/sub" });
    expect(report.updates.map(([key]) => key)).toEqual(["rc", "elapsed", "header"]);
    expect(report.value("rc")).toBe(20);
    expect(report.text("header")).toBe(`mkdir: Not a directory: ${path}\n`);
    expect(await report.completed).toBeNull();
  });

  it("refuses a missing or wrong argument, and fails for a path that cannot be", async () => {
    const pair = await attachedPair();
    const builder = await oneBuilder(pair);
    await expect(pair.attached.startCommand(builder, "mkdir", {})).rejects.toThrow("builtins.KeyError: 'dir'");
    await expect(pair.attached.startCommand(builder, "mkdir", { dir: ["x"] })).rejects.toThrow("builtins.TypeError");
    const report = await pair.attached.run(builder, "mkdir", { dir: "a\0b" });
    expect(JSON.stringify(await report.completed)).toContain("builtins.ValueError");
  });
});

describe("builders", () => {
  it("refuse a command that nobody knows, by the name masters look for", async () => {
    const pair = await attachedPair();
    await expect(pair.attached.startCommand(await oneBuilder(pair), "svn", {})).rejects.toThrow(
      "buildbot_worker.base.UnknownCommand: (command 1): unrecognized WorkerCommand 'svn'",
    );
    await expect(pair.attached.broker.call(await oneBuilder(pair), "startCommand", [])).rejects.toThrow(
      "builtins.TypeError",
    );
  });

  it("interrupt a command that still runs when the next one comes, and run both to their ends", async () => {
    const pair = await attachedPair();
    const builder = await oneBuilder(pair);
    const first = await pair.attached.startCommand(builder, "shell", sh("echo one; sleep 1000"));
    await first.printed("stdout", "one");
    const second = await pair.attached.run(builder, "shell", sh("echo two"));
    await first.completed;
    expect(first.text("header")).toContain("command interrupted, attempting to kill");
    expect(second.text("stdout")).toBe("two\n");
    expect([first.completions, second.completions]).toEqual([1, 1]);
  });

  it("run side by side", async () => {
    const pair = await attachedPair();
    const builders = await pair.attached.setBuilders("b1", "b2");
    const fifo = join(pair.worker.basedir, "meet");
    const first = await pair.attached.startCommand(
      builders.get("b1")!,
      "shell",
      sh(`mkfifo ${fifo}; echo ready; cat ${fifo}`),
    );
    await first.printed("stdout", "ready");
    await pair.attached.run(builders.get("b2")!, "shell", sh(`echo hello >${fifo}`));
    await first.completed;
    expect(first.text("stdout")).toBe("ready\nhello\n");
  });

  it("that are taken from the list go silent, their command killed", async () => {
    const pair = await attachedPair();
    const builders = await pair.attached.setBuilders("b1", "b2");
    const report = await pair.attached.startCommand(builders.get("b1")!, "shell", sh("echo $$; exec sleep 1000"));
    await report.printed("stdout", "\n");
    await pair.attached.setBuilders("b2");
    const pid = Number(report.text("stdout"));
    await poll("the command to be killed", () => !alive(pid));
    await pair.attached.run(builders.get("b2")!, "shell", sh("true"));
    expect(report.completions).toBe(0);
    expect(report.value("rc")).toBeUndefined();
    await expect(pair.attached.startCommand(builders.get("b1")!, "shell", sh("true"))).rejects.toThrow("b1");
  });

  it("keep a running command through a new list that names them", async () => {
    const pair = await attachedPair();
    const builder = await oneBuilder(pair);
    const report = await pair.attached.startCommand(
      builder,
      "shell",
      sh("echo begin; read line; echo $line", { initial_stdin: "" }),
    );
    await report.printed("stdout", "begin");
    await pair.attached.setBuilders("b1", "b2");
    await report.completed;
    expect(report.value("rc")).toBe(0);
  });
});

describe("references", () => {
  it("are given back one for one: many commands leave nothing behind", async () => {
    const pair = await attachedPair();
    const builder = await oneBuilder(pair);
    const before = pair.attached.broker.counts.exports;
    for (let i = 0; i < sized(60, 1100); i += 1) await pair.attached.run(builder, "mkdir", { dir: "x" });
    await poll("the last handles to come back", () => pair.attached.broker.counts.exports === before);
  });
});

describe("a lost master", () => {
  it("ends the running command silently, and the worker comes back", async () => {
    const pair = await attachedPair();
    const builder = await oneBuilder(pair);
    const report = await pair.attached.startCommand(builder, "shell", sh("echo $$; exec sleep 1000"));
    await report.printed("stdout", "\n");
    const pid = Number(report.text("stdout"));
    pair.attached.socket.destroy();
    const again = await pair.master.nextWorker();
    expect(alive(pid)).toBe(false);
    expect(report.completions).toBe(0);
    await again.call("print", "attached");
    expect(pair.worker.log).toContain("lost remote step");
    expect(pair.worker.log.some((line) => line.startsWith("Scheduling retry 1 to connect"))).toBe(true);
  });

  it("that refuses the password is asked again, and the log says why", async () => {
    const master = await FakeMaster.listen({ passwords: { w1: "other" } });
    started.push({ end: () => master.close() });
    const worker = await startTestWorker({ port: master.port });
    started.push(worker);
    await poll("the second attempt", () => worker.log.some((line) => line.startsWith("the same failure again")));
    expect(worker.log[0]).toContain("unauthorized login; check worker name and password");
    expect(worker.log.join()).not.toContain("sekret");
  });
});

describe("keepalives", () => {
  it("are sent, and their answers noted", async () => {
    const { worker } = await attachedPair({}, { keepaliveSeconds: 0.05 });
    await poll("an answer", () => worker.log.includes("Master replied to keepalive, everything's fine"));
    expect(worker.log).toContain("sending application-level keepalives every 0.05 seconds");
  });

  it("that a master refuses do no harm", async () => {
    const { worker } = await attachedPair(
      {
        onKeepalive: () => {
          throw new Error("busy");
        },
      },
      { keepaliveSeconds: 0.05 },
    );
    await poll("two keepalives", () => worker.log.filter((line) => line === "sending app-level keepalive").length >= 2);
  });
});

describe("what is dying still", () => {
  const stubborn = "trap '' TERM; echo $$; while :; do sleep 0.1; done";

  it("is killed with the worker, also when a later command took its place", async () => {
    const pair = await attachedPair();
    const builder = await oneBuilder(pair);
    const first = await pair.attached.startCommand(builder, "shell", sh(stubborn, { sigtermTime: 1000 }));
    await first.printed("stdout", "\n");
    await pair.attached.run(builder, "shell", sh("echo two"));
    const pid = Number(first.text("stdout"));
    expect(alive(pid)).toBe(true);
    await pair.worker.service.stop();
    await poll("the first command to be killed", () => !alive(pid));
  });

  it("does not hold up the next connection for the grace that its master gave it", async () => {
    const pair = await attachedPair();
    const report = await pair.attached.startCommand(
      await oneBuilder(pair),
      "shell",
      sh(stubborn, { sigtermTime: 1000 }),
    );
    await report.printed("stdout", "\n");
    pair.attached.socket.destroy();
    await pair.master.nextWorker();
    await poll("the command to be killed", () => !alive(Number(report.text("stdout"))));
  });

  it("gives its handles back when its builder is taken away", async () => {
    const pair = await attachedPair();
    const before = pair.attached.broker.counts.exports;
    for (let round = 0; round < 5; round += 1) {
      const report = await pair.attached.startCommand(await oneBuilder(pair), "shell", sh("echo up; sleep 1000"));
      await report.printed("stdout", "up");
      await pair.attached.setBuilders();
    }
    await poll("the handles to come back", () => pair.attached.broker.counts.exports === before);
  });
});

describe("a builder list that cannot be", () => {
  it("changes nothing", async () => {
    const pair = await attachedPair();
    const builder = await oneBuilder(pair);
    await writeFile(join(pair.worker.basedir, "file"), "");
    const list = [new Tuple<JellyValue>(["b1", "elsewhere"]), new Tuple<JellyValue>(["b2", "file/sub"])];
    await expect(pair.attached.call("setBuilderList", list)).rejects.toThrow("b2");
    const report = await pair.attached.run(builder, "shell", sh("pwd", { workdir: "." }));
    expect(report.text("stdout").trim()).toBe(join(pair.worker.basedir, "b1"));
  });

  it("below /proc is refused, not tried forever", async () => {
    const pair = await attachedPair();
    const list = [new Tuple<JellyValue>(["b1", "/proc/x/y"])];
    await expect(pair.attached.call("setBuilderList", list)).rejects.toThrow("b1");
  });
});
