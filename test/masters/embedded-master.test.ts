// The embedded master as people use it, with all its parts: a process, its file, its page, its store, and workers of both kinds
// over both protocols at once.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { DEMO_BUILDER, DEMO_UPLOAD, demoMasterFile } from "../../src/cli/demo/master-file.ts";
import { makeProject } from "../../src/cli/demo/project.ts";
import type { BuildRow } from "../../src/master/store/builds.ts";
import type { Store } from "../../src/master/store/store.ts";
import { poll } from "../support/poll.ts";
import { describeWithMaster } from "./support/availability.ts";
import { type EmbeddedMaster, openStore, startEmbeddedMaster, writeMasterFile } from "./support/embedded-master.ts";
import { startLoneWorker, type WorkerProcess, workerKinds } from "./support/worker-process.ts";

const PASSWORD = "pass";
const protocols = ["pb", "msgpack"] as const;
const workers = workerKinds.flatMap((kind) =>
  protocols.map((protocol) => ({ name: `${kind}-${protocol}`, kind, protocol })),
);
const names = workers.map(({ name }) => name);
/** Two builders that want all workers, and have more to do than these can at once. */
const sharing = ["left", "right"] as const;
const REQUESTS_OF_EACH = 5;
const BUILDS_DEADLINE_MS = 120_000;

describeWithMaster("our own master, with four workers of both kinds over both protocols", () => {
  const root = mkdtempSync(join(tmpdir(), "buildhand-embedded-"));
  const directory = join(root, "master");
  const programs: WorkerProcess[] = [];
  let master: EmbeddedMaster;
  let store: Store;

  beforeAll(async () => {
    const repository = join(root, "project");
    makeProject(repository, { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" });
    writeMasterFile(directory, settings(repository, join(root, "meeting")));
    master = await startEmbeddedMaster(directory);
    for (const { name, kind, protocol } of workers) {
      const port = master.ports[protocols.indexOf(protocol)] ?? 0;
      programs.push(await startLoneWorker(kind, { root, port, protocol, name, password: PASSWORD }));
    }
    await poll("all workers to attach", async () => {
      const { text } = await master.admin.send("/");
      return text.includes("4 of 4 workers attached");
    });
    for (const name of names) await master.force(DEMO_BUILDER, `for ${name}`);
    await ends(DEMO_BUILDER, names.length);
    for (let n = 1; n <= REQUESTS_OF_EACH; n++) for (const builder of sharing) await master.force(builder, String(n));
    for (const builder of sharing) await ends(builder, REQUESTS_OF_EACH);
    await master.stop();
    store = openStore(directory);
  });

  afterAll(async () => {
    store?.close();
    await Promise.all(programs.map((program) => program.stop()));
    await master.stop();
    rmSync(root, { recursive: true });
  });

  function ends(builder: string, count: number): Promise<unknown> {
    const logs = () => ({ "the master": master.output() });
    const enough = () => {
      if (master.ended(builder, "SUCCESS") >= count) return true;
      for (const result of ["FAILURE", "EXCEPTION"])
        if (master.ended(builder, result) > 0) throw new Error(`a build of '${builder}' failed:\n${master.output()}`);
      return undefined;
    };
    return poll(`${count} builds of '${builder}'`, enough, { deadlineMs: BUILDS_DEADLINE_MS, logs });
  }

  function buildsOf(builder: string): readonly BuildRow[] {
    return store.builds.list({ builder, limit: 1000 }).toReversed();
  }

  /** What differs between two workers anyway is made the same: where they are, and how long things took. */
  function comparable(build: BuildRow): unknown {
    const same = (text: string) =>
      text
        .replaceAll(join(root, build.worker), "BASEDIR")
        .replaceAll(/(?<=elapsedTime=)[\d.e-]+/g, "SECONDS")
        // The one variable that our worker adds.
        .replaceAll(/^BUILDHAND_COMMAND=[0-9a-f-]{36}\n| BUILDHAND_COMMAND=[0-9a-f-]{36}\n/gm, "");
    return store.builds.steps(build.id).map(({ id, name, result, stateText }) => {
      const logs = store.logs.ofStep(id).map((log) => {
        const lines = store.logs.lines(log.id, 0, log.lineCount);
        // How lines of different streams lie between each other is left to chance by any worker.
        const stream = (wanted: string) =>
          same(
            lines
              .filter((line) => line.stream === wanted)
              .map(({ text }) => `${text}\n`)
              .join(""),
          );
        return {
          name: log.name,
          isComplete: log.isComplete,
          header: stream("h"),
          output: stream("o"),
          errors: stream("e"),
        };
      });
      return { name, result, stateText, logs };
    });
  }

  it("runs the demo's build on each, and what is stored is equal", () => {
    const builds = buildsOf(DEMO_BUILDER);
    expect(builds.map(({ worker }) => worker).sort()).toEqual([...names].sort());
    const [first, ...others] = builds.map(comparable);
    expect(JSON.stringify(first)).toContain("built dist/ja.txt");
    expect(JSON.stringify(first)).toContain("in dir BASEDIR/greetings/build");
    for (const other of others) expect(other).toEqual(first);
    const uploads = join(directory, "uploads");
    expect(readdirSync(uploads)).toEqual([DEMO_UPLOAD]);
    expect(readFileSync(join(uploads, DEMO_UPLOAD, "ja.txt"), "utf8")).toBe("こんにちは!\n");
  });

  it("has all of them at work at once, each with as many builds as it may have, and takes turns", () => {
    const builds = sharing.flatMap(buildsOf);
    expect(builds.map(({ result }) => result)).toEqual(builds.map(() => "SUCCESS"));
    // The first four meet: none would have ended without the others.
    expect(readdirSync(join(root, "meeting")).sort()).toEqual([...names].sort());
    for (const name of names) {
      const own = builds.filter(({ worker }) => worker === name).sort((a, b) => a.id - b.id);
      for (const [index, { startedAtMs }] of own.entries()) {
        expect(startedAtMs).toBeGreaterThanOrEqual(own[index - 1]?.endedAtMs ?? 0);
      }
    }
    for (const builder of sharing) {
      // Each begins once its worker has answered a ping, so that two may begin in either order.
      expect(
        buildsOf(builder)
          .map(({ reason }) => reason)
          .sort(),
      ).toEqual(["1", "2", "3", "4", "5"]);
    }
    const firstFour = [...builds].sort((a, b) => a.id - b.id).slice(0, names.length);
    expect(firstFour.map(({ builder }) => builder).sort()).toEqual(["left", "left", "right", "right"]);
  });

  it("shows no hidden variable in the log of any of them", () => {
    for (const build of sharing.flatMap(buildsOf)) {
      const log = JSON.stringify(comparable(build));
      expect(log).toContain("  SHOWN=yes\\n");
      expect(log).toContain("  PATH=");
      expect(log).not.toMatch(/HIDDEN|first line|last line/);
    }
  });

  it("leaves nothing in the queue, and knows what each worker told of itself", () => {
    expect(store.requests.waiting()).toEqual([]);
    for (const { name, protocol } of workers) {
      const known = store.workers.find(name);
      expect(known).toMatchObject({ protocol, version: expect.stringMatching(/^\d+\.\d+/) });
      expect(known?.facts.get("admin")).toBe("Your Name Here <admin@youraddress.invalid>\n");
    }
  });
});

/** The demo's own builder, for all workers; and those that share them, whose first builds wait for each other. */
function settings(repository: string, meeting: string): Readonly<Record<string, unknown>> {
  const demo = parse(demoMasterFile({ webPort: 0, workerPassword: PASSWORD, adminPassword: "", repository })) as {
    readonly builders: readonly Readonly<Record<string, unknown>>[];
  };
  mkdirSync(meeting);
  const meet = `touch "${meeting}/$(basename "$(dirname "$(dirname "$PWD")")")"
    until [ "$(ls "${meeting}" | wc -l)" -ge ${names.length} ]; do sleep 0.1; done`;
  const env = { HIDDEN_KEY: "first line\n  last line\n", SHOWN: "yes" };
  const shared = sharing.map((name) => ({
    name,
    workers: names,
    env,
    steps: [{ shell: { command: meet, logEnviron: true } }],
  }));
  return {
    title: "All together",
    listeners: protocols.map((protocol) => ({ protocol, port: 0 })),
    workers: names.map((name) => ({ name, password: PASSWORD, maxBuilds: 1 })),
    builders: [...demo.builders.map((builder) => ({ ...builder, workers: names })), ...shared],
    hiddenVariables: ["HIDDEN_*"],
    schedulers: [{ force: { builders: [DEMO_BUILDER, ...sharing] } }],
  };
}
