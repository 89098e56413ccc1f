// The commands of a session that was recorded over MessagePack, given to our worker in the same order: the master must be
// told the same.
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AttachedMsgpackWorker, FakeMsgpackMaster } from "../support/fake-msgpack-master.ts";
import { msgpackFromView, readMsgpackSession } from "../support/msgpack-vectors.ts";
import { startTestWorker, type TestWorker } from "../support/test-worker.ts";
import { comparableUpdates, STUBBORN_RM } from "./recorded-updates.ts";

const recording = readMsgpackSession("fs-commands");
const { basedir: recordedBasedir, environ } = recording.worker;

type Update = readonly [string, unknown];

interface Recorded {
  readonly id: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly updates: Update[];
}

/** Those of the build, in their order. */
function recordedCommands(): readonly Recorded[] {
  const commands = new Map<unknown, Recorded>();
  for (const { msg } of recording.messages) {
    if (msg?.op === "start_command" && "builder_name" in msg) {
      const id = String(msg["command_id"]);
      const args = msg["args"] as Readonly<Record<string, unknown>>;
      commands.set(id, { id, name: String(msg["command_name"]), args, updates: [] });
    }
    if (msg?.op === "update") commands.get(msg["command_id"])?.updates.push(...(msg["args"] as Update[]).map(inPbForm));
  }
  return [...commands.values()];
}

/** Of text without the places and times of its lines; a tuple of what is one over PB. */
function inPbForm([key, value]: Update): Update {
  if (["header", "stdout", "stderr"].includes(key) && Array.isArray(value)) return [key, value[0]];
  return [key, key === "stat" ? { tuple: value } : value];
}

describe("a worker that is given the commands of a session over MessagePack", () => {
  let master: FakeMsgpackMaster;
  let worker: TestWorker;
  let attached: AttachedMsgpackWorker;
  let place: string;
  let home: string;

  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), "buildhand-commands-"));
    home = join(place, "home");
    await mkdir(join(place, "bin"));
    await writeFile(join(place, "bin", "rm"), STUBBORN_RM);
    await chmod(join(place, "bin", "rm"), 0o755);
    master = await FakeMsgpackMaster.listen();
    const environment = { PATH: `${join(place, "bin")}:/usr/bin:/bin`, HOME: home, LANG: "C.UTF-8" };
    worker = await startTestWorker({
      port: master.port,
      protocol: { name: "msgpack", path: "/" },
      settings: { environment },
    });
    attached = await master.nextWorker();
    await mkdir(join(worker.basedir, "b1"));
  });

  afterAll(async () => {
    await worker.end();
    await master.close();
    await rm(place, { recursive: true });
  });

  /** Where the recording was made becomes where this worker is. */
  function moved(value: unknown): unknown {
    if (typeof value === "string") {
      return value.replaceAll(recordedBasedir, worker.basedir).replaceAll(environ.HOME, home);
    }
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map(moved);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, moved(item)]));
  }

  const commands = recordedCommands();

  it("knows all that were recorded", () => {
    expect(new Set(commands.map(({ name }) => name)).size).toBe(8);
  });

  it.each(commands)("reports the same for $name, number $id", async ({ name, args, updates }) => {
    if (Array.isArray(args["command"])) {
      // The recorded command needs Python to make a name that is not UTF-8.
      const odd = join(worker.basedir, "b1", "build", "odd");
      await mkdir(odd);
      await writeFile(join(odd, "ok"), "");
      await writeFile(Buffer.concat([Buffer.from(`${odd}/a`), Buffer.from([0xff]), Buffer.from("b")]), "");
      return;
    }
    const wire = Object.entries(moved(args) as object).map(([key, view]) => [key, msgpackFromView(view)] as const);
    const report = await attached.run(name, Object.fromEntries(wire));
    // Buildbot's worker sends nothing at all when there is such a name.
    const hasBadName = String(args["path"]).endsWith("/odd");
    const expected = hasBadName
      ? [
          ["files", ["a\ufffdb", "ok"]],
          ["rc", 0],
          ["elapsed", ["float"]],
        ]
      : comparableUpdates(updates, recordedBasedir, environ.HOME);
    expect(updates.length === 0).toBe(hasBadName);
    expect(comparableUpdates(report.updates.map(inPbForm), worker.basedir, home)).toEqual(expected);
    expect(await report.completed).toBeNull();
  });
});
