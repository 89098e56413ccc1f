// The worker over MessagePack against a master of ours on a loopback socket: what goes over the wire is real on both sides.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { WorkerError } from "../../src/base/errors.ts";
import { Float } from "../../src/base/python-values.ts";
import type { MsgpackValue } from "../../src/wire/msgpack/values.ts";
import type { Protocol } from "../../src/worker/worker-service.ts";
import {
  type AttachedMsgpackWorker,
  FakeMsgpackMaster,
  type FakeMsgpackMasterOptions,
} from "../support/fake-msgpack-master.ts";
import { poll } from "../support/poll.ts";
import { startTestWorker, type TestWorker, type TestWorkerOptions } from "../support/test-worker.ts";

const MSGPACK = { name: "msgpack", path: "/" } as const satisfies Protocol;

const started: { end(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.end();
});

interface Pair {
  readonly master: FakeMsgpackMaster;
  readonly worker: TestWorker;
  readonly attached: AttachedMsgpackWorker;
  /** Absolute: where commands run. */
  readonly directory: string;
}

async function attachedPair(
  masterOptions: FakeMsgpackMasterOptions = {},
  workerOptions: Omit<TestWorkerOptions, "port"> = {},
): Promise<Pair> {
  const master = await FakeMsgpackMaster.listen(masterOptions);
  started.push({ end: () => master.close() });
  const worker = await startTestWorker({ protocol: MSGPACK, ...workerOptions, port: master.port });
  started.push(worker);
  const attached = await master.nextWorker();
  return { master, worker, attached, directory: join(worker.basedir, "build") };
}

const sh = ({ directory }: Pair, script: string, args: Readonly<Record<string, MsgpackValue>> = {}) =>
  ["shell", { command: ["sh", "-c", script], workdir: directory, logEnviron: false, ...args }] as const;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ESRCH
  }
}

/** What a stream's messages carried: its text, and the lists that came with it. */
function linesOf(report: { messages: readonly (readonly (readonly [string, MsgpackValue])[])[] }, stream: string) {
  const values = report.messages.flat().filter(([key]) => key === stream);
  const parts = values.map(([, value]) => value as readonly [string, readonly number[], readonly Float[]]);
  return { texts: parts.map(([text]) => text), newlines: parts.map(([, at]) => at), times: parts.flatMap((p) => p[2]) };
}

describe("attaching over MessagePack", () => {
  it("asks for a WebSocket with name and password, and offers neither a protocol nor to compress", async () => {
    const { master } = await attachedPair();
    const { url, headers } = master.requests[0]!;
    expect(url).toBe("/");
    expect(headers.host).toBe(`127.0.0.1:${master.port}`);
    expect(headers.authorization).toBe(`Basic ${Buffer.from("w1:sekret").toString("base64")}`);
    expect(headers).not.toHaveProperty("sec-websocket-extensions");
    expect(headers).not.toHaveProperty("sec-websocket-protocol");
  });

  it("asks for the path of its settings, which may have no slash at its start", async () => {
    const { master } = await attachedPair({}, { protocol: { name: "msgpack", path: "ci/workers?x=1#2" } });
    expect(master.requests[0]?.url).toBe("/ci/workers?x=1%232");
  });

  it("takes a password with colons and letters of any alphabet", async () => {
    const password = "se:krät ключ";
    const { worker } = await attachedPair({ passwords: { w1: password } }, { password });
    await poll("readiness", () => worker.log.includes("Connected to buildmaster; worker is ready"));
  });

  it("is ready when its base directory was listed, and says what the master says", async () => {
    const { worker, attached } = await attachedPair();
    await poll("readiness", () => worker.log.includes("Connected to buildmaster; worker is ready"));
    expect(worker.log).toContain("message from master: attached");
    expect(attached.info.get("basedir")).toBe(worker.basedir);
    expect(attached.info.get("version")).toBe("0.0.0");
    expect(attached.info.get("system")).toBe("posix");
    expect((attached.info.get("worker_commands") as ReadonlyMap<string, string>).get("upload_file")).toBe("3.3");
    expect(await attached.request("keepalive")).toBeNull();
    expect(worker.bugs).toEqual([]);
  });

  it("is not ready for a master that has let it in and does nothing", async () => {
    const { worker } = await attachedPair({ attachesWith: "nothing" });
    await poll("the login", () => worker.service.connectionStatus().phase === "attach");
    expect(worker.log).not.toContain("Connected to buildmaster; worker is ready");
  });

  it("says that name or password are wrong, and comes in when they are right", async () => {
    const passwords = { w1: "another" };
    const master = await FakeMsgpackMaster.listen({ passwords });
    started.push({ end: () => master.close() });
    const worker = await startTestWorker({ protocol: MSGPACK, port: master.port });
    started.push(worker);
    await poll("the refusal", () => worker.log.some((line) => line.startsWith("login: unauthorized login; check")));
    passwords.w1 = "sekret";
    await master.nextWorker();
    expect(worker.bugs).toEqual([]);
  });

  it("compresses messages when it is configured to, and the master agrees", async () => {
    const pair = await attachedPair({ deflate: true }, { protocol: { ...MSGPACK, deflate: true } });
    expect(pair.attached.webSocket.extensions).toContain("permessage-deflate");
    const before = pair.attached.socket.bytesRead;
    const report = await pair.attached.run(...sh(pair, "yes abcdefgh | head -n 60000"));
    expect(report.text("stdout")).toHaveLength(540_000);
    expect(pair.attached.socket.bytesRead - before).toBeLessThan(250_000);
  });
});

describe("commands over MessagePack", () => {
  it("run in the master's directory, and are reported with header, output, rc and duration", async () => {
    const pair = await attachedPair();
    const report = await pair.attached.run(...sh(pair, "pwd; echo wrong >&2; exit 3"));
    expect(await report.completed).toBeNull();
    expect(report.text("stdout")).toBe(`${pair.directory}\n`);
    expect(report.text("stderr")).toBe("wrong\n");
    expect(report.text("header")).toContain(` in dir ${pair.directory}\n`);
    expect(report.value("rc")).toBe(3);
    expect(report.value("elapsed")).toBeInstanceOf(Float);
    expect(report.completions).toBe(1);
  });

  it("run beside each other on one builder, each reported by its id", async () => {
    const pair = await attachedPair();
    const gate = join(pair.worker.basedir, "gate");
    const waiting = await Promise.all(
      ["one", "two", "three"].map((word) =>
        pair.attached.startCommand(...sh(pair, `echo ${word}; until test -e ${gate}; do sleep 0.05; done; echo end`)),
      ),
    );
    await Promise.all(waiting.map((report) => report.printed("stdout", "\n")));
    expect(pair.worker.service.runningCommands).toBe(3);
    await writeFile(gate, "");
    await Promise.all(waiting.map((report) => report.completed));
    expect(waiting.map((report) => report.text("stdout"))).toEqual(["one\nend\n", "two\nend\n", "three\nend\n"]);
  });

  it("are refused if their id is that of a running command, which continues", async () => {
    const pair = await attachedPair();
    const gate = join(pair.worker.basedir, "gate");
    const first = await pair.attached.startCommand(...sh(pair, `until test -e ${gate}; do sleep 0.05; done; echo end`));
    const [name, args] = sh(pair, "echo again");
    const again = pair.attached.request("start_command", {
      command_id: first.id,
      command_name: name,
      args: new Map<string, MsgpackValue>(Object.entries(args)),
      builder_name: "b1",
    });
    await expect(again).rejects.toThrow(`command ${first.id} is still running`);
    await writeFile(gate, "");
    await first.completed;
    expect(first.text("stdout")).toBe("end\n");
  });

  it("may have an integer or bytes for an id", async () => {
    const pair = await attachedPair();
    for (const id of [7, Buffer.from("seven")]) {
      const started = pair.attached.request("start_command", {
        command_id: id,
        command_name: "listdir",
        args: new Map([["path", pair.worker.basedir]]),
        builder_name: "b1",
      });
      expect(await started).toBeNull();
    }
    await poll("the end of both", () => pair.worker.service.runningCommands === 0);
    expect(pair.worker.bugs).toEqual([]);
  });

  it("are interrupted by their id, and only that one", async () => {
    const pair = await attachedPair();
    const [first, second] = await Promise.all(
      [1, 2].map(() => pair.attached.startCommand(...sh(pair, "echo $$; exec sleep 600"))),
    );
    await Promise.all([first!.printed("stdout", "\n"), second!.printed("stdout", "\n")]);
    expect(await pair.attached.request("interrupt_command", { command_id: first!.id, why: "enough" })).toBeNull();
    await first!.completed;
    expect(first!.value("rc")).toBe(-1);
    expect(alive(Number(second!.text("stdout")))).toBe(true);
    expect(pair.worker.log).toContain(`asked to interrupt: reason enough [id ${first!.id}]`);
    await pair.attached.request("interrupt_command", { command_id: second!.id, why: "too" });
    await second!.completed;
  });

  it("are not there to be interrupted when their id is unknown, which the log says", async () => {
    const { attached, worker } = await attachedPair();
    expect(await attached.request("interrupt_command", { command_id: "99", why: "?" })).toBeNull();
    expect(worker.log).toContain(" .. but none was running");
  });

  it("hide words that masters send as arrays", async () => {
    const pair = await attachedPair();
    const command = ["echo", ["obfuscated", "real", "XXXX"]];
    const report = await pair.attached.run("shell", { command, workdir: pair.directory, logEnviron: false });
    expect(report.text("stdout")).toBe("real\n");
    expect(report.text("header")).toContain("echo XXXX");
    expect(JSON.stringify(report.text("header"))).not.toContain("real");
  });

  it("tell each newline's place in characters, and the time at which each line began", async () => {
    const pair = await attachedPair();
    const gate = join(pair.directory, "gate");
    const script = `printf 'é😀x\\ny\\n'; until test -e ${gate}; do sleep 0.05; done; echo z`;
    const report = await pair.attached.startCommand(...sh(pair, script));
    await poll("the first lines", () => linesOf(report, "stdout").texts.join("").includes("y"));
    const openedSeconds = Date.now() / 1000;
    await writeFile(gate, "");
    await report.completed;
    const { texts, newlines, times } = linesOf(report, "stdout");
    expect(texts.join("")).toBe("é😀x\ny\nz\n");
    texts.forEach((text, i) => {
      const places = Array.from(text).flatMap((character, at) => (character === "\n" ? [at] : []));
      expect(newlines[i]).toEqual(places);
    });
    const seconds = times.map(({ value }) => value);
    expect(seconds).toHaveLength(3);
    expect(seconds[1]).toBeLessThanOrEqual(openedSeconds);
    expect(seconds[2]).toBeGreaterThanOrEqual(openedSeconds);
    expect(Math.abs(seconds[0]! - openedSeconds)).toBeLessThan(30);
  });

  it("have times also before the master has said how it wants its output", async () => {
    const pair = await attachedPair({ attachesWith: "nothing" });
    const report = await pair.attached.run(...sh(pair, "echo a"));
    const { times } = linesOf(report, "stdout");
    expect(Math.abs(times[0]!.value - Date.now() / 1000)).toBeLessThan(30);
    expect(linesOf(report, "header").times.every(({ value }) => value > 1_000_000_000)).toBe(true);
  });

  it("have a time for each line also where one was cut for its length", async () => {
    const pair = await attachedPair();
    await pair.attached.setSettings({ max_line_length: 100 });
    const report = await pair.attached.run(...sh(pair, "printf '%0250d' 0"));
    const { texts, newlines, times } = linesOf(report, "stdout");
    expect(
      texts
        .join("")
        .split("\n")
        .every((line) => line.length <= 100),
    ).toBe(true);
    expect(times).toHaveLength(newlines.flat().length);
    expect(texts.join("").replaceAll("\n", "")).toHaveLength(250);
  });
});

describe("the master's settings", () => {
  it("say how large a message of output becomes", async () => {
    const pair = await attachedPair();
    await pair.attached.setSettings({ buffer_size: 1000 });
    const report = await pair.attached.run(...sh(pair, "seq 1 2000"));
    const sizes = linesOf(report, "stdout").texts.map((text) => text.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1000);
    expect(report.text("stdout").split("\n")).toHaveLength(2001);
  });

  it("hold for commands that start afterwards, each time they change", async () => {
    const pair = await attachedPair();
    const gate = join(pair.worker.basedir, "gate");
    const script = "echo abcdef";
    const before = await pair.attached.startCommand(
      ...sh(pair, `until test -e ${gate}; do sleep 0.05; done; ${script}`),
    );
    await pair.attached.setSettings({ max_line_length: 5 });
    await writeFile(gate, "");
    await before.completed;
    expect(before.text("stdout")).toBe("abcdef\n");
    expect((await pair.attached.run(...sh(pair, script))).text("stdout")).toBe("abcd\nef\n");
    await pair.attached.setSettings();
    expect((await pair.attached.run(...sh(pair, script))).text("stdout")).toBe("abcdef\n");
  });

  it("say how long output may wait for more", async () => {
    const pair = await attachedPair();
    const lines = "0 1 2 3 4 5 6 7 8 9";
    await pair.attached.setSettings({ buffer_timeout: 30 });
    const patient = await pair.attached.run(...sh(pair, `for i in ${lines}; do echo $i; sleep 0.02; done`));
    await pair.attached.setSettings({ buffer_timeout: 0 });
    // Each line is printed when the one before it has come.
    const gate = join(pair.worker.basedir, "gate");
    const script = `for i in ${lines}; do until test -e ${gate}$i; do sleep 0.01; done; echo $i; done`;
    const hasty = await pair.attached.startCommand(...sh(pair, script));
    for (const line of lines.split(" ")) {
      await writeFile(`${gate}${line}`, "");
      await poll("the line", () => hasty.text("stdout").includes(line));
    }
    await hasty.completed;
    const messages = (report: typeof patient) => linesOf(report, "stdout").texts.length;
    expect(messages(hasty)).toBe(10);
    expect(messages(patient)).toBeLessThan(10);
  });

  it("that cannot be followed are named in the log, and the worker's own rules hold", async () => {
    const pair = await attachedPair();
    await pair.attached.setSettings({ newline_re: ";" });
    expect(pair.worker.log.filter((line) => line.startsWith("the master's newline_re "))).toHaveLength(1);
    expect((await pair.attached.run(...sh(pair, "printf 'a;\\r\\nb'"))).text("stdout")).toBe("a;\nb\n");
  });
});

describe("files over MessagePack", () => {
  const upload = (pair: Pair, args: Readonly<Record<string, MsgpackValue>> = {}) => ({
    path: join(pair.worker.basedir, "f"),
    workdir: "build",
    workersrc: "f",
    maxsize: null,
    blocksize: 1000,
    keepstamp: false,
    ...args,
  });

  it("are uploaded in blocks, and closed", async () => {
    const pair = await attachedPair();
    const content = Buffer.from(Array.from({ length: 4500 }, (_, i) => i % 251));
    await writeFile(join(pair.worker.basedir, "f"), content);
    const blocks: Uint8Array[] = [];
    const calls: string[] = [];
    const file = {
      update_upload_file_write: (fields: ReadonlyMap<string, MsgpackValue>) => {
        blocks.push(fields.get("args") as Uint8Array);
        return null;
      },
      update_upload_file_close: () => {
        calls.push("close");
        return null;
      },
    };
    const report = await pair.attached.run("upload_file", upload(pair), { file });
    expect(report.value("rc")).toBe(0);
    expect(Buffer.concat(blocks)).toEqual(content);
    expect(calls).toEqual(["close"]);
  });

  it("keep their times when the master can take them", async () => {
    const pair = await attachedPair();
    await writeFile(join(pair.worker.basedir, "f"), "x");
    const times: MsgpackValue[] = [];
    const file = {
      update_upload_file_utime: (fields: ReadonlyMap<string, MsgpackValue>) => {
        times.push(fields.get("access_time") ?? null, fields.get("modified_time") ?? null);
        return null;
      },
    };
    const report = await pair.attached.run("upload_file", upload(pair, { keepstamp: true }), { file });
    const { mtimeMs } = await stat(join(pair.worker.basedir, "f"));
    expect(report.value("rc")).toBe(0);
    expect(times[1]).toEqual(new Float(expect.closeTo(mtimeMs / 1000, 1) as unknown as number));
  });

  it("have arrived although the master cannot take their times, which the log says", async () => {
    const pair = await attachedPair();
    await writeFile(join(pair.worker.basedir, "f"), "x");
    const file = {
      update_upload_file_utime: () => {
        throw refusal("FileWriter.remote_utime() takes 2 positional arguments but 3 were given");
      },
    };
    const report = await pair.attached.run("upload_file", upload(pair, { keepstamp: true }), { file });
    expect(await report.completed).toBeNull();
    expect(report.value("rc")).toBe(0);
    expect(pair.worker.log.join("\n")).toContain("the file was uploaded without its times");
  });

  it("end the step when the master cannot write them", async () => {
    const pair = await attachedPair();
    await writeFile(join(pair.worker.basedir, "f"), "x");
    const file = {
      update_upload_file_write: () => {
        throw refusal("[Errno 28] No space left on device");
      },
    };
    const report = await pair.attached.run("upload_file", upload(pair), { file });
    expect(await report.completed).toContain("No space left on device");
    expect(report.value("rc")).toBe(1);
  });

  it("of a directory are uploaded as an archive that the master unpacks", async () => {
    const pair = await attachedPair();
    await mkdir(join(pair.worker.basedir, "tree", "deep"), { recursive: true });
    await writeFile(join(pair.worker.basedir, "tree", "deep", "f"), "content");
    const calls: string[] = [];
    const blocks: Uint8Array[] = [];
    const file = {
      update_upload_directory_write: (fields: ReadonlyMap<string, MsgpackValue>) => {
        blocks.push(fields.get("args") as Uint8Array);
        return null;
      },
      update_upload_directory_unpack: () => {
        calls.push("unpack");
        return null;
      },
    };
    const args = { path: join(pair.worker.basedir, "tree"), maxsize: null, blocksize: 4096, compress: null };
    const report = await pair.attached.run("upload_directory", args, { file });
    expect(report.value("rc")).toBe(0);
    expect(calls).toEqual(["unpack"]);
    expect(Buffer.concat(blocks).toString("latin1")).toContain("content");
  });

  const download = (pair: Pair) => ({
    path: join(pair.worker.basedir, "arrived"),
    workdir: "build",
    workerdest: "arrived",
    maxsize: null,
    blocksize: 1000,
    mode: 0o640,
  });

  it("are downloaded from a master that sends them", async () => {
    const pair = await attachedPair();
    let content = Buffer.from(Array.from({ length: 4500 }, (_, i) => i % 251));
    const whole = content;
    let closed = 0;
    const file = {
      update_read_file: (fields: ReadonlyMap<string, MsgpackValue>) => {
        const block = content.subarray(0, Number(fields.get("length")));
        content = content.subarray(block.length);
        return block;
      },
      update_read_file_close: () => {
        closed += 1;
        return null;
      },
    };
    const report = await pair.attached.run("download_file", download(pair), { file });
    expect(report.value("rc")).toBe(0);
    expect(readFileSync(join(pair.worker.basedir, "arrived"))).toEqual(whole);
    expect(closed).toBe(1);
  });

  it("that real masters do not send fail the step with one sentence, and leave an empty file with its mode", async () => {
    const pair = await attachedPair();
    const before = await readdir(pair.worker.basedir);
    let closed = 0;
    const file = {
      update_read_file: () => null,
      update_read_file_close: () => {
        closed += 1;
        return null;
      },
    };
    const report = await pair.attached.run("download_file", download(pair), { file });
    expect(await report.completed).toBeNull();
    expect(report.value("rc")).toBe(1);
    expect(report.text("stderr")).toMatch(/^[^\n]*cannot send files over MessagePack[^\n]*\n$/);
    expect(closed).toBe(1);
    // The master's Git step sends .buildbot-patched, and later only looks whether it exists.
    expect((await readdir(pair.worker.basedir)).sort()).toEqual([...before, "arrived"].sort());
    const { size, mode } = await stat(join(pair.worker.basedir, "arrived"));
    expect({ size, mode: (mode & 0o777).toString(8) }).toEqual({ size: 0, mode: "640" });
  });

  it.each([
    ["an older file", "true"],
    ["an older file that has another name as well", "ln arrived other"],
    ["the file that an older link leads to", "mv arrived other && ln -s other arrived"],
  ])("that real masters do not send leave %s as it is", async (_, script) => {
    const pair = await attachedPair();
    const path = join(pair.worker.basedir, "arrived");
    await writeFile(path, "older", { mode: 0o600 });
    execFileSync("/bin/sh", ["-c", script], { cwd: pair.worker.basedir });
    await pair.attached.run(
      "download_file",
      { ...download(pair), mode: null },
      { file: { update_read_file: () => null } },
    );
    expect(readFileSync(path, "utf8")).toBe("older");
    expect(((await stat(path)).mode & 0o777).toString(8)).toBe("600");
  });
});

describe("a lost connection", () => {
  it("kills all that runs, and the worker comes back", async () => {
    const pair = await attachedPair();
    const running = await Promise.all(
      [1, 2].map(() => pair.attached.startCommand(...sh(pair, "echo $$; exec sleep 600"))),
    );
    await Promise.all(running.map((report) => report.printed("stdout", "\n")));
    const pids = running.map((report) => Number(report.text("stdout")));
    pair.attached.socket.destroy();
    const again = await pair.master.nextWorker();
    expect(pids.filter(alive)).toEqual([]);
    expect(pair.worker.log).toContain("lost remote step");
    expect((await again.run(...sh(pair, "echo back"))).text("stdout")).toBe("back\n");
    expect(pair.worker.bugs).toEqual([]);
  });

  it("in the middle of transfers leaves no part of a file, and no error that nobody takes", async () => {
    const pair = await attachedPair();
    const stuck = new Promise<null>(() => {});
    await pair.attached.startCommand(
      "download_file",
      { path: join(pair.worker.basedir, "arrived"), maxsize: null, blocksize: 1000, mode: null },
      { file: { update_read_file: () => stuck } },
    );
    await writeFile(join(pair.worker.basedir, "f"), Buffer.alloc(1_000_000));
    await pair.attached.startCommand(
      "upload_file",
      { path: join(pair.worker.basedir, "f"), maxsize: null, blocksize: 1000, keepstamp: false },
      { file: { update_upload_file_write: () => stuck } },
    );
    pair.attached.socket.destroy();
    await pair.master.nextWorker();
    await poll("the end of both", () => pair.worker.service.runningCommands === 0);
    expect((await readdir(pair.worker.basedir)).filter((name) => /arrived|buildhand-download/.test(name))).toEqual([]);
    expect(pair.worker.bugs).toEqual([]);
  });
});

describe("the end", () => {
  it("is asked for by the master, whose request is answered first", async () => {
    const { attached, worker } = await attachedPair();
    expect(await attached.request("shutdown")).toBeNull();
    expect(worker.log).toContain("worker shutting down on command from master");
    expect(worker.shutdowns).toEqual(["asked"]);
  });

  it("kills what runs", async () => {
    const pair = await attachedPair();
    const report = await pair.attached.startCommand(...sh(pair, "echo $$; exec sleep 600"));
    await report.printed("stdout", "\n");
    await pair.worker.service.stop();
    expect(alive(Number(report.text("stdout")))).toBe(false);
    expect(existsSync(pair.directory)).toBe(true);
  });
});

describe("what is logged", () => {
  it("is no message, unless the admin wants it", async () => {
    const pair = await attachedPair();
    await pair.attached.run(...sh(pair, "echo printed"));
    expect(pair.worker.log.filter((line) => /^(<-|->) |start_command|seq_number/.test(line))).toEqual([]);
  });

  it("is each message when the admin wants it, without secrets, output and contents", async () => {
    const pair = await attachedPair({}, { protocol: { ...MSGPACK, logsMessages: true } });
    await writeFile(join(pair.worker.basedir, "f"), "the content");
    const command = ["echo", ["obfuscated", "a secret", "XXX"]];
    const args = { env: new Map([["TOKEN", "hidden"]]), initial_stdin: "the input" };
    await pair.attached.run("shell", { command, workdir: pair.directory, ...args, logEnviron: false });
    await pair.attached.run("upload_file", {
      path: join(pair.worker.basedir, "f"),
      maxsize: null,
      blocksize: 1000,
      keepstamp: false,
    });
    const wire = pair.worker.log.filter((line) => /^(<-|->) /.test(line));
    const text = wire.join("\n");
    expect(text).not.toMatch(/secret|sekret|hidden|TOKEN|the input|the content|PATH/);
    expect(text).toContain('<- {op: "start_command"');
    expect(text).toContain(`workdir: ${JSON.stringify(pair.directory)}`);
    expect(text).toMatch(/-> \{op: "update", .*\["stdout", \[<9 bytes of text>/);
    expect(text).toMatch(/-> \{op: "update_upload_file_write", args: <11 bytes>/);
    expect(text).toMatch(/<- \{op: "response", seq_number: \d+, result: null\}/);
  });
});

/** As a master says it. */
function refusal(text: string): WorkerError {
  return new WorkerError({ code: "ERR_OF_MASTER", family: "remote", remoteType: "builtins.OSError" }, text);
}
