// What the log of a shell command says when the machine ran out of something: a small disk, a small memory cgroup.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Installation, install } from "../../daemon/worker-program.ts";
import { type AttachedProgram, attachProgram } from "../attached-program.ts";

let installation: Installation;
let worker: AttachedProgram;

beforeAll(() => {
  installation = install();
});
afterAll(() => installation.remove());
afterEach(() => worker.end());

/** The headers of ours, and the rc. */
async function run(command: string): Promise<readonly unknown[]> {
  const report = await worker.run("shell", { workdir: "", command, logEnviron: false });
  const own = report.text("header").split("\n");
  return [...own.filter((line) => line.startsWith("buildhand: ")), report.value("rc")];
}

/** What the system says to a script; undefined when it does as it is told. */
function refusal(script: string): string | undefined {
  const { status, stderr, error } = spawnSync("sh", ["-c", script], { encoding: "utf8" });
  if (status === 0) return undefined;
  return stderr?.trim() || String(error ?? `status ${status}`);
}

/** Says so where nobody can overlook it. */
function isLeftOut(what: string, refused: string | undefined): boolean {
  if (refused !== undefined) console.warn(`not run: the tests of ${what}; ${refused}`);
  return refused !== undefined;
}

const noMount = refusal("unshare -m mount -t tmpfs tmpfs /mnt");

describe.skipIf(isLeftOut("full disks", noMount))("a program that fails", () => {
  /** The worker, where its builder's directory is a disk of its own with these options. */
  const onDisk = (options: string) => {
    const script = `d=$1; shift; mount -t tmpfs -o ${options},mode=777 tmpfs "$d" && exec "$@"`;
    return attachProgram({ installation, under: ["unshare", "-m", "sh", "-c", script, "sh"] });
  };

  test("on a full disk, or one with too many files, is reported as out of space or inodes", async () => {
    worker = await onDisk("size=1m,nr_inodes=20");
    expect(await run("false")).toEqual([1]);
    const text = "is full (no space left), which is probably why it failed";
    expect(await run("cat /dev/zero > file")).toEqual([
      `buildhand: the file system of ${worker.builderDirectory} ${text}`,
      1,
    ]);
    expect(await run("rm file; false")).toEqual([1]);
    expect(await run("cat /dev/zero > file || true")).toEqual([0]);
    expect(await run("rm file; for i in $(seq 30); do touch $i || exit 3; done")).toEqual([
      `buildhand: the file system of ${worker.builderDirectory} ${text.replace("space", "inodes")}`,
      3,
    ]);
  });
});

/** Enough for the worker, and not for what it runs. */
const MEMORY_LIMIT = "268435456";
/** Grows until it is stopped, at 2 GiB at the latest: a line without an end. */
const GREEDY = "ulimit -v 2097152; exec tail /dev/zero";

/** Makes the memory cgroup $g with that limit and enters it, with cgroups of version 2 or 1. */
const ENTER_GROUP = `
  r=/sys/fs/cgroup
  if [ -e $r/cgroup.controllers ]; then g=$r/buildhand-test-$$ limit=memory.max; else g=$r/memory/buildhand-test-$$ limit=memory.limit_in_bytes; fi
  mkdir $g && echo ${MEMORY_LIMIT} > $g/$limit && echo $$ > $g/cgroup.procs`;

const noGroup = existsSync("/sys/fs/cgroup")
  ? refusal(`${ENTER_GROUP}; s=$?; echo $$ > $g/../cgroup.procs; rmdir $g; exit $s`)
  : "there are no cgroups";

describe.skipIf(isLeftOut("a lack of memory", noGroup))("a program that wants more memory than there is", () => {
  /** The group goes with the shell that made it, which leaves it first. */
  const UNDER = `${ENTER_GROUP} || exit; shift
    (exec "$@") & p=$!
    trap 'kill $p' TERM; wait $p; trap : TERM; wait $p
    echo $$ > $g/../cgroup.procs; rmdir $g`;

  test("is reported as killed for it, or a part of it", async () => {
    worker = await attachProgram({ installation, under: ["sh", "-c", UNDER, "sh"] });
    const [itself, rc] = await run(GREEDY);
    expect([itself, rc]).toEqual([expect.stringMatching(/^buildhand: out of memory: the kernel killed /), -1]);
    const [part, partRc] = await run(`(${GREEDY}); exit 2`);
    expect([part, partRc]).toEqual([
      expect.stringMatching(
        /^buildhand: out of memory: the kernel killed \d+ process.* while it ran, which is probably why it failed$/,
      ),
      2,
    ]);
    expect(await run("exit 2")).toEqual([2]);
  });
});
