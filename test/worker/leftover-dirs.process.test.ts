// Directories that no builder needs, of a worker whose master is ours: named or removed, and never the wrong ones.
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Tuple } from "../../src/base/python-values.ts";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { LeftoverDirectories } from "../../src/worker/leftover-dirs.ts";
import type { WorkerSettings } from "../../src/worker/settings.ts";
import { DEFAULT_RULES } from "../support/default-rules.ts";
import { type AttachedWorker, FakeMaster } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { startTestWorker, type TestWorker } from "../support/test-worker.ts";

const started: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of started.splice(0).reverse()) await end();
});

interface Pair {
  readonly worker: TestWorker;
  readonly attached: AttachedWorker;
  readonly basedir: string;
}

async function deletingWorker(settings: Partial<WorkerSettings> = {}): Promise<Pair> {
  const master = await FakeMaster.listen({ attachesWith: "nothing" });
  started.push(() => master.close());
  const worker = await startTestWorker({ port: master.port, settings: { deleteLeftoverDirs: true, ...settings } });
  started.push(() => worker.end());
  return { worker, attached: await master.nextWorker(), basedir: worker.basedir };
}

/** Builders' directories by themselves; a builder's name is its place in the list. */
function setDirectories({ attached }: Pair, ...directories: string[]): Promise<JellyValue> {
  return attached.call(
    "setBuilderList",
    directories.map((directory, index) => new Tuple<JellyValue>([`b${index}`, directory])),
  );
}

function make({ basedir }: Pair, ...paths: string[]): void {
  for (const path of paths) mkdirSync(join(basedir, path), { recursive: true });
}

function directoriesIn({ basedir }: Pair): readonly string[] {
  return readdirSync(basedir, { withFileTypes: true })
    .filter((entry) => !entry.isFile())
    .map(({ name }) => name)
    .sort();
}

async function logged({ worker }: Pair, words: string): Promise<void> {
  await poll(`"${words}"`, () => worker.log.some((line) => line.includes(words)));
}

/** `zz` is the last of all, so that everything was looked at when it is gone. */
async function swept(pair: Pair): Promise<void> {
  await poll("the last leftover directory to be removed", () => !existsSync(join(pair.basedir, "zz")));
}

/** An `rm` that says that it was called, and waits until the test lets it go on. */
function heldRemoval() {
  const directory = mkdtempSync(join(tmpdir(), "buildhand-rm-"));
  started.push(() => rmSync(directory, { recursive: true }));
  const [began, go, rm] = ["began", "go", "rm"].map((name) => join(directory, name)) as [string, string, string];
  writeFileSync(rm, `#!/bin/sh\necho "$@" >>${began}\nwhile ! test -e ${go}; do sleep 0.05; done\nexec /bin/rm "$@"\n`);
  chmodSync(rm, 0o755);
  return {
    environment: { PATH: `${directory}:${process.env["PATH"]}` },
    began: () => poll("the removal to begin", () => existsSync(began)),
    letGo: () => writeFileSync(go, ""),
  };
}

describe("with delete_leftover_dirs", () => {
  it("what no builder's path leads through is removed, with all that is in it", async () => {
    const pair = await deletingWorker();
    make(pair, "old/deep/er", "locked/in", "info", ".buildhand-x", "zz");
    writeFileSync(join(pair.basedir, "old/deep/file"), "");
    writeFileSync(join(pair.basedir, "plain-file"), "");
    chmodSync(join(pair.basedir, "locked"), 0o500);
    await setDirectories(pair, "a/b", "./c/d", "e/../f/g", join(pair.basedir, "h"));
    await swept(pair);
    expect(directoriesIn(pair)).toEqual([".buildhand-x", "a", "c", "e", "f", "h", "info"]);
    expect(existsSync(join(pair.basedir, "plain-file"))).toBe(true);
    expect(existsSync(join(pair.basedir, "a/b"))).toBe(true);
    expect(pair.worker.log).toContain("Deleting directory 'old' that is not being used by the buildmaster");
    expect(pair.worker.bugs).toEqual([]);
  });

  it("nothing is removed while a builder's directory is the base directory itself", async () => {
    const pair = await deletingWorker();
    make(pair, "old");
    await setDirectories(pair, "a", ".");
    await setDirectories(pair, "a", "..");
    await setDirectories(pair, "a");
    await poll("the leftover directory to be removed", () => !existsSync(join(pair.basedir, "old")));
    expect(pair.worker.log.filter((line) => line.startsWith("Deleting"))).toHaveLength(1);
  });

  it("links are left, with what they lead to, and so is what a builder's path leads to through one", async () => {
    const pair = await deletingWorker();
    const elsewhere = mkdtempSync(join(tmpdir(), "buildhand-elsewhere-"));
    started.push(() => rmSync(elsewhere, { recursive: true }));
    writeFileSync(join(elsewhere, "file"), "");
    make(pair, "real/inner", "zz");
    symlinkSync(elsewhere, join(pair.basedir, "link"));
    symlinkSync("real", join(pair.basedir, "needed"));
    await setDirectories(pair, "needed/inner");
    await swept(pair);
    expect(directoriesIn(pair)).toEqual(["link", "needed", "real"]);
    expect(existsSync(join(elsewhere, "file"))).toBe(true);
    expect(pair.worker.log).toContain(
      "Not deleting 'link', which is not being used by the buildmaster: it is a symbolic link",
    );
  });

  it("what holds a file of the worker itself, or a running command, is left", async () => {
    const baseDirectory = mkdtempSync(join(tmpdir(), "buildhand-leftover-"));
    started.push(() => rmSync(baseDirectory, { recursive: true }));
    for (const name of ["logs", "busy"]) mkdirSync(join(baseDirectory, name));
    const log: string[] = [];
    const settings = {
      baseDirectory,
      deleteLeftoverDirs: true,
      rules: { ...DEFAULT_RULES },
      ownFiles: [join(baseDirectory, "logs/twistd.log")],
      log: (line: string) => void log.push(line),
    } as unknown as WorkerSettings;
    const directories = new LeftoverDirectories({
      settings,
      usedDirectories: () => [join(baseDirectory, "busy/build")],
    });
    directories.sweep(["a"]);
    const which = (name: string) => `Not deleting '${name}', which is not being used by the buildmaster`;
    await poll("both to be named", () => log.length === 2);
    expect(log).toEqual([
      `${which("busy")}: a command is still running in it`,
      `${which("logs")}: it contains a file of the worker itself`,
    ]);
    await directories.stop();
  });

  it("the names of a list that failed are forgotten with the next one", async () => {
    const baseDirectory = mkdtempSync(join(tmpdir(), "buildhand-leftover-"));
    started.push(() => rmSync(baseDirectory, { recursive: true }));
    for (const name of ["failed", "next", "zz"]) mkdirSync(join(baseDirectory, name));
    const log: string[] = [];
    const settings = {
      baseDirectory,
      deleteLeftoverDirs: false,
      rules: { ...DEFAULT_RULES },
      log: (line: string) => void log.push(line),
    } as unknown as WorkerSettings;
    const directories = new LeftoverDirectories({ settings, usedDirectories: () => [] });
    await directories.protect(["before any list"]);
    directories.sweep(["a"]);
    // Neither is swept for: making a directory of theirs has failed.
    await Promise.all([directories.protect(["failed"]), directories.protect(["next"])]);
    await poll("the last to be named", () => log.some((line) => line.includes("'zz'")));
    expect(log.map((line) => /'([^']*)'/.exec(line)?.[1])).toEqual(["failed", "zz"]);
    await directories.stop();
  });

  it("the master has its answer before anything is removed", async () => {
    const removal = heldRemoval();
    const pair = await deletingWorker(removal);
    make(pair, "old");
    await setDirectories(pair, "a");
    expect(existsSync(join(pair.basedir, "old"))).toBe(true);
    removal.letGo();
    await poll("the leftover directory to be removed", () => !existsSync(join(pair.basedir, "old")));
  });

  it("a builder that wants a directory just being removed waits, and has an empty one", async () => {
    const removal = heldRemoval();
    const pair = await deletingWorker(removal);
    make(pair, "back/old-content", "later");
    await setDirectories(pair, "a");
    await removal.began();
    let isAnswered = false;
    const answered = setDirectories(pair, "back/again", "later").then(() => {
      isAnswered = true;
    });
    // Others are answered meanwhile.
    await pair.attached.call("print", "still here");
    expect(isAnswered).toBe(false);
    removal.letGo();
    await answered;
    expect(readdirSync(join(pair.basedir, "back"))).toEqual(["again"]);
    expect(pair.worker.log.filter((line) => line.startsWith("Deleting directory 'later'"))).toEqual([]);
  });

  it("a worker that stops ends the removal", async () => {
    const removal = heldRemoval();
    const pair = await deletingWorker(removal);
    make(pair, "old", "older");
    await setDirectories(pair, "a");
    await removal.began();
    await pair.worker.service.stop();
    expect(directoriesIn(pair)).toEqual(["a", "old", "older"]);
    expect(pair.worker.log).toContain("The worker stopped before directory 'old' was deleted");
  });

  it("what the system does not let go is named with its words", async () => {
    const directory = mkdtempSync(join(tmpdir(), "buildhand-rm-"));
    started.push(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, "rm"), "#!/bin/sh\necho rm: the disk is tired >&2\nexit 1\n");
    chmodSync(join(directory, "rm"), 0o755);
    const pair = await deletingWorker({ environment: { PATH: `${directory}:${process.env["PATH"]}` } });
    make(pair, "old");
    await setDirectories(pair, "a");
    await logged(pair, "Cannot remove directory 'old': rm: the disk is tired");
  });
});

const mayMount = spawnSync("unshare", ["--mount", "true"]).status === 0;

describe.skipIf(!mayMount)("where this user may mount (needs root)", () => {
  it.each([
    ["a file system of its own", ["-t", "tmpfs", "none"], "old", "it is a mount point"],
    ["a directory of the same one", ["--bind", "SOURCE"], "old", "it is a mount point"],
    ["a directory of the same one further down", ["--bind", "SOURCE"], "old/b c/d", "something is mounted in it"],
  ])("%s is not emptied", async (_, options, place, reason) => {
    const pair = await deletingWorker();
    make(pair, place, "zz");
    const source = mkdtempSync(join(tmpdir(), "buildhand-mounted-"));
    started.push(() => rmSync(source, { recursive: true }));
    const mountPoint = join(pair.basedir, place);
    execFileSync("mount", [...options.map((word) => word.replace("SOURCE", source)), mountPoint]);
    started.push(() => execFileSync("umount", [mountPoint]));
    writeFileSync(join(mountPoint, "file"), "");
    await setDirectories(pair, "a");
    await swept(pair);
    expect(existsSync(join(mountPoint, "file"))).toBe(true);
    expect(pair.worker.log).toContain(`Not deleting 'old', which is not being used by the buildmaster: ${reason}`);
  });
});
