// The doctor on healthy workers of a real master: it finds nothing, changes nothing, and the worker that runs stays attached.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { killWorker, pidOf, run } from "../daemon/background-workers.ts";
import { readTrace, TRACED } from "../daemon/file-calls.ts";
import { lives, logged, logOf } from "../daemon/worker-program.ts";
import { type Clinic, giveAway, isRoot, openClinic, user } from "../doctor/clinic.ts";
import { poll } from "../support/poll.ts";
import { rareTest, rowsOf } from "../support/sized.ts";
import { describeWithMaster } from "./support/availability.ts";
import { shell } from "./support/description.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";
import { startAttachedWorker } from "./support/worker-process.ts";

const NAME = "w1";
const MSGPACK = { protocol: "'msgpack_experimental_v7'" };
const allRows: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["PB", {}],
  ["MessagePack", MSGPACK],
];
const rows = rowsOf(allRows, (_, at) => at === 0);
const canTrace = spawnSync("strace", ["-f", "-o", "/dev/null", "true"]).status === 0;

describeWithMaster("a real master", () => {
  let master: TestMaster;
  let clinic: Clinic;
  const basedirs: string[] = [];

  beforeAll(async () => {
    clinic = openClinic();
    master = await startMaster({
      workers: [{ name: NAME, password: "sekret" }],
      builders: [{ name: "idle", workers: [NAME], steps: [shell("nothing", "true")] }],
    });
  });
  afterEach(async () => {
    for (const basedir of basedirs.splice(0)) await killWorker(basedir);
    await master.workerDetached(NAME);
  });
  afterAll(async () => {
    await master?.end();
    await clinic.installation.remove();
  });

  async function started(variables: Readonly<Record<string, string>> = {}): Promise<string> {
    const port = variables["protocol"] === undefined ? master.ports.pb : master.ports.msgpack;
    const basedir = clinic.patient(port, variables);
    basedirs.push(basedir);
    const { code, complained } = await run(clinic.installation, ["start", basedir], user);
    expect([code, complained]).toEqual([0, ""]);
    await master.workerAttached(NAME);
    return basedir;
  }

  it.each(allRows)(
    "takes the login of a worker that does not run, over %s, and has no worker by it",
    async (_, variables) => {
      const port = "protocol" in variables ? master.ports.msgpack : master.ports.pb;
      const before = master.log().length;
      const found = await clinic.examine([clinic.patient(port, variables)]);
      expect(found.findings).toEqual([]);
      expect(found.code).toBe(0);
      expect(found.said).toContainEqual(expect.stringMatching(/^fine credentials: the master accepts the name 'w1'/));
      expect((await master.worker(NAME)).connected).toBe(false);
      expect(master.log().slice(before)).not.toContain("Got workerinfo from");
    },
  );

  it.each(rows)("refuses a wrong password, over %s", async (_, variables) => {
    const port = "protocol" in variables ? master.ports.msgpack : master.ports.pb;
    const found = await clinic.examine([clinic.patient(port, { ...variables, passwd: "'wrong'" })]);
    expect(found.findings.map(({ code }) => code)).toEqual(["login-refused"]);
  });

  it.each(rows)("does not notice the doctor of a worker that is attached over %s", async (_, variables) => {
    const basedir = await started(variables);
    // What it says behind that belongs to no attaching any more.
    expect((await master.build("idle")).result).toBe("success");
    const pid = pidOf(basedir);
    const before = { master: master.log().length, worker: logOf(basedir) };
    const found = await clinic.examine([basedir]);
    expect(found.findings).toEqual([]);
    expect(found.code).toBe(0);
    expect(found.said).toContainEqual(
      `fine credentials: 'w1' is attached to the master according to the log of process ${pid} of this base directory, so no login was tried`,
    );
    expect(lives(pid)).toBe(true);
    expect(logOf(basedir)).toEqual(before.worker);
    expect(master.log().slice(before.master)).not.toMatch(/attaching|duplicat|lost worker|workerinfo/i);
    expect((await master.build("idle")).result).toBe("success");
  });

  it("does not notice the doctor of a worker in the foreground, which has no pid file", async () => {
    const basedir = clinic.patient(master.ports.pb);
    const worker = clinic.installation.start(["start", "--nodaemon", basedir], user);
    await master.workerAttached(NAME);
    await logged(basedir, "worker is ready");
    const before = master.log().length;
    const found = await clinic.examine([basedir]);
    expect(found.findings).toEqual([]);
    expect(found.said).toContain(
      `fine basedir: a worker is running here in the foreground, process ${worker.child.pid}`,
    );
    expect(master.log().slice(before)).not.toMatch(/attaching|duplicat/i);
    worker.child.kill("SIGTERM");
    await worker.ended;
  });

  rareTest("does not notice the doctor of a Python worker either", 600_000, async () => {
    const infoFiles = { admin: "Ada\n", host: "a host for tests\n" };
    const worker = await startAttachedWorker("python", master, { name: NAME, infoFiles });
    await poll("the end of its start", () => worker.log().includes("worker is ready"));
    const before = master.log().length;
    const found = await clinic.examine([worker.basedir], isRoot ? { uid: 0, gid: 0 } : {});
    expect(found.findings.map(({ code }) => code)).toEqual(isRoot ? ["account-root"] : []);
    expect(found.said).toContainEqual(
      expect.stringMatching(/^fine credentials: 'w1' is attached to the master according to the log of process /),
    );
    expect(master.log().slice(before)).not.toMatch(/attaching|duplicat/i);
    await worker.stop();
  });

  it.each(rows)("refuses a second worker of that name, over %s, and keeps the first", async (_, variables) => {
    const first = await started(variables);
    const port = "protocol" in variables ? master.ports.msgpack : master.ports.pb;
    const found = await clinic.examine([clinic.patient(port, variables)]);
    expect(found.findings.map(({ code }) => code)).toEqual(["name-in-use"]);
    expect(logOf(first).join("\n")).not.toContain("Scheduling retry");
    expect((await master.build("idle")).result).toBe("success");
  });

  rareTest("is not told apart by a doctor from one whose worker's port was mixed up", 600_000, async () => {
    const swapped = await clinic.examine([clinic.patient(master.ports.pb, MSGPACK)]);
    expect(swapped.findings.map(({ code }) => code)).toEqual(["wrong-protocol"]);
    const other = await clinic.examine([clinic.patient(master.ports.msgpack)]);
    expect(other.findings.map(({ code }) => code)).toEqual(["http-server"]);
  });

  it.skipIf(!canTrace)(`sees no file changed by it${canTrace ? "" : " (left out: strace cannot be run)"}`, async () => {
    const root = mkdtempSync(join(tmpdir(), "buildhand-doctor-"));
    try {
      chmodSync(root, 0o755);
      giveAway(root);
      const basedir = await started();
      const found = await clinic.examine([basedir], {
        cwd: root,
        under: ["strace", "-ff", "-y", "-qq", "-s", "4096", "-o", join(root, "calls"), "-e", TRACED],
        environment: { UV_USE_IO_URING: "0", SHELL: "/bin/sh" },
      });
      expect(found.findings).toEqual([]);
      const { changes, programs } = readTrace(root, { prefix: "calls", cwd: root, isOwn: () => true });
      expect(programs.map(({ argv }) => argv).join("\n")).toMatch(/"\/bin\/sh", "-lc", ":"/);
      expect(changes.filter((change) => !isHarmless(change)).map(({ call }) => call)).toEqual([]);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

function isHarmless({ call, paths }: { readonly call: string; readonly paths: readonly string[] }): boolean {
  if (call.startsWith("io_uring_setup(")) return !call.includes("IORING_SETUP_SQPOLL");
  return paths.length > 0 && paths.every((path) => path === "/dev/null" || path === "/dev/tty");
}
