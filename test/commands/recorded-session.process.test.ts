// The commands of a recorded session, given to our worker in the same order: the master must be told the same.
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { readVectors, valueFromView } from "../support/vectors.ts";
import { attachWorker, type CommandWorker } from "./attached-worker.ts";
import { comparableUpdates, STUBBORN_RM } from "./recorded-updates.ts";

interface Recording {
  readonly worker: { readonly basedir: string; readonly environ: { readonly HOME: string } };
  readonly messages: readonly {
    readonly pb: { readonly method?: string; readonly args?: { readonly tuple: never } };
  }[];
}

interface Recorded {
  readonly id: string;
  readonly name: string;
  readonly args: Record<string, JellyValue>;
  readonly updates: (readonly [string, unknown])[];
}

const recording = readVectors<Recording>("sessions/pb-fs-commands.json");
const BAD_NAMES = "listdir build/odd";

function recordedCommands(): readonly Recorded[] {
  const commands: Recorded[] = [];
  for (const { pb } of recording.messages) {
    if (pb.method === "startCommand") {
      const [, id, name, args] = pb.args!.tuple as [unknown, string, string, unknown];
      const entries = Object.fromEntries(valueFromView(args) as Map<string, JellyValue>);
      commands.push({ id, name, args: entries, updates: [] });
    }
    if (pb.method === "update") {
      const [[[{ dict }]]] = pb.args!.tuple as [[[{ dict: [string, unknown][] }]]];
      commands.at(-1)!.updates.push(...dict);
    }
  }
  return commands;
}

describe("a worker that is given the commands of a recorded session", () => {
  let worker: CommandWorker;
  let place: string;
  let home: string;

  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), "buildhand-commands-"));
    home = join(place, "home");
    await mkdir(join(place, "bin"));
    await writeFile(join(place, "bin", "rm"), STUBBORN_RM);
    await chmod(join(place, "bin", "rm"), 0o755);
    worker = await attachWorker({ PATH: `${join(place, "bin")}:/usr/bin:/bin`, HOME: home, LANG: "C.UTF-8" });
  });

  afterAll(async () => {
    await worker.end();
    await rm(place, { recursive: true });
  });

  const commands = recordedCommands();

  it("knows all that were recorded", () => {
    expect(new Set(commands.map(({ name }) => name)).size).toBe(8);
  });

  it.each(commands)("reports the same for $name, number $id", async ({ name, args, updates }) => {
    if (Array.isArray(args["command"])) {
      // The recorded command needs Python to make a name that is not UTF-8.
      const odd = join(worker.builderDirectory, "build", "odd");
      await mkdir(odd);
      await writeFile(join(odd, "ok"), "");
      await writeFile(Buffer.concat([Buffer.from(`${odd}/a`), Buffer.from([0xff]), Buffer.from("b")]), "");
      return;
    }
    const report = await worker.run(name, args);
    const { basedir, environ } = recording.worker;
    const expected = comparableUpdates(updates, basedir, environ.HOME);
    // Buildbot's worker leaves out all names when there is such a one.
    if (`${name} ${args["dir"]}` === BAD_NAMES) expected.unshift(["files", ["a\ufffdb", "ok"]]);
    expect(comparableUpdates(report.updates, worker.basedir, home)).toEqual(expected);
    expect(await report.completed).toBeNull();
  });
});
