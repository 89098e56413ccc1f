// Our program as a worker of our own master's listeners: over TLS with a certificate of its own, both protocols.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { masterErrors } from "../../../src/master/errors.ts";
import { archiveSink } from "../../../src/master/transfers/archive-sink.ts";
import { fileSink } from "../../../src/master/transfers/file-sink.ts";
import { fileSource } from "../../../src/master/transfers/file-source.ts";
import type { WorkerLink } from "../../../src/master/worker-link.ts";
import { logged, makeBasedir } from "../../daemon/worker-program.ts";
import { type ChildProgram, startProgram } from "../../masters/support/child-program.ts";
import { makeAuthority } from "../../support/certificates.ts";
import { poll, standsStill } from "../../support/poll.ts";
import { run, shell, start, TestMaster } from "./test-registry.ts";

const PROGRAM = fileURLToPath(new URL("../../../bin/buildhand.js", import.meta.url));
const LIMIT = { limitBytes: 10_000_000 };
/** More than all buffers on the way take. */
const OUTPUT_BYTES = 15_000_000;
const names = { pb: "pb", msgpack: "msgpack_experimental_v7" };

describe.each(["pb", "msgpack"] as const)("our worker with our master over %s inside TLS", (protocol) => {
  let root: string;
  let master: TestMaster;
  let basedir: string;
  let program: ChildProgram;
  let link: WorkerLink;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "buildhand-own-"));
    const authority = makeAuthority(root, "ours");
    const server = authority.issue("master", { names: "DNS:localhost,IP:127.0.0.1" });
    const client = authority.issue("worker");
    const tls = { certificate: server.cert, privateKey: server.key, clientAuthorities: authority.cert };
    master = await TestMaster.listen({ config: { protocol, tls } });
    const words = [`trustRoots=${authority.directory}`, `certificate=${client.cert}`, `privateKey=${client.key}`];
    const endpoint = `tls:host=localhost:port=${master.port}:${words.join(":")}`;
    const none = { buildmaster_host: "None", port: "None" };
    const variables = { ...none, connection_string: `'${endpoint}'`, protocol: `'${names[protocol]}'` };
    basedir = makeBasedir(join(root, "w1"), { port: master.port, variables });
    mkdirSync(join(basedir, "info"));
    writeFileSync(join(basedir, "info/admin"), "me\n");
    program = startProgram([process.execPath, PROGRAM, "start", "--nodaemon", basedir], basedir);
    const ended = program.exited.then((exit) => {
      throw new Error(`the worker ended instead of attaching: ${JSON.stringify(exit)} ${program.output()}`);
    });
    link = await Promise.race([master.worker(), ended]);
  });

  afterAll(async () => {
    await program.stop();
    await master.close();
    rmSync(root, { recursive: true });
  });

  it("reports its facts", async () => {
    expect(link.info.facts.get("admin")).toBe("me\n");
    expect(link.info.basedir).toBe(basedir);
    await logged(basedir, "attached");
    await link.ping(20_000);
  });

  it("runs commands", async () => {
    const report = await run(link, "shell", shell("echo out; echo err >&2; exit 4"));
    expect(report.end).toEqual({ type: "completed", rc: 4 });
    expect([report.text("stdout"), report.text("stderr")]).toEqual(["out\n", "err\n"]);
  });

  it("uploads and downloads files and directories", async () => {
    writeFileSync(join(root, "content"), "content\n");
    const down = { workdir: "build", workerdest: "d/f", maxsize: null, blocksize: 16_384, mode: null };
    const source = await fileSource(root, "content");
    expect((await run(link, "downloadFile", down, { download: source })).end).toEqual({ type: "completed", rc: 0 });
    const up = { workdir: "build", workersrc: "d", maxsize: null, blocksize: 16_384, compress: null };
    const sink = await archiveSink(join(root, "up"), "d", LIMIT);
    expect((await run(link, "uploadDirectory", up, { upload: sink })).end).toEqual({ type: "completed", rc: 0 });
    expect(readFileSync(join(root, "up/d/f"), "utf8")).toBe("content\n");
  });

  it("cannot upload more than the limit, and continues", async () => {
    await run(link, "shell", shell("head -c 100000 /dev/zero > large"));
    const up = { workdir: "build", workersrc: "large", maxsize: null, blocksize: 16_384, keepstamp: false };
    const sink = await fileSink(join(root, "up"), "large", { limitBytes: 50_000 });
    const { end } = await run(link, "uploadFile", up, { upload: sink });
    expect(end).toEqual({
      type: "failed",
      reason: masterErrors.uploadTooLarge("large", "bytes (maxSize)", 50_000).message,
    });
    expect((await run(link, "shell", shell(["true"]))).end).toEqual({ type: "completed", rc: 0 });
  });

  it("pauses its program while the master is slow", async () => {
    let taken = 0;
    let open = false;
    const printer = `echo $$ > pid; exec head -c ${OUTPUT_BYTES}`;
    const report = start(link, "shell", shell(`yes ${"x".repeat(99)} | sh -c '${printer}'; echo > done`), {
      onUpdate: async (update) => {
        await poll("the gate", () => open);
        if (update.key === "stdout") taken += update.text.length;
      },
    });
    const done = join(basedir, "b1/build/done");
    const pidFile = join(basedir, "b1/build/pid");
    const pid = await poll(
      "its process",
      () => existsSync(pidFile) && (Number.parseInt(readFileSync(pidFile, "utf8"), 10) || undefined),
    );
    const writtenBytes = () => Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "latin1"))?.[1]);
    expect(await standsStill("its output", writtenBytes)).toBeLessThan(OUTPUT_BYTES);
    expect(existsSync(done)).toBe(false);
    open = true;
    expect(await report.ended).toEqual({ type: "completed", rc: 0 });
    expect(taken).toBe(OUTPUT_BYTES);
  });

  it("shuts down on request", async () => {
    await link.shutdown();
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(await link.ended).toMatch(/^the worker /);
    expect(master.log).toEqual([]);
  });
});
