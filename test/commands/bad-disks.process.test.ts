// File commands and transfers on disks that are full or read-only, and beyond a limit on the size of files. Disks of their
// own need the right to mount them; quotas of users cannot be had in a test.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Installation, install } from "../daemon/worker-program.ts";
import { FakeReader } from "../support/fake-files.ts";
import { type AttachedProgram, attachProgram } from "./attached-program.ts";
import { download, quiet, result, upload, uploadTree } from "./refused-commands.ts";

let installation: Installation;
let worker: AttachedProgram;

beforeAll(() => {
  installation = install();
});
afterAll(() => installation.remove());

async function attach(under: readonly string[]): Promise<void> {
  worker = await attachProgram({ installation, under });
}

/** What else is mounted in there, nobody else sees. Only root may do it without being root in a place of its own. */
const APART = process.getuid?.() === 0 ? ["unshare", "-m"] : ["unshare", "-r", "-m"];

/** Why no file system can be mounted for a test; undefined when one can. */
function whyNoMounts(): string | undefined {
  const { status, stderr } = spawnSync("env", [...APART, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], {
    encoding: "utf8",
  });
  if (status === 0) return undefined;
  return `no file system can be mounted here: ${stderr?.trim() || "there is no unshare"}`;
}

const noMounts = whyNoMounts();
if (noMounts !== undefined) console.warn(`not run: the tests of full and read-only disks; ${noMounts}`);

/** Runs the worker where its builder's directory is a small disk of its own, after `script` has run on that disk. */
function onSmallDisk(script: string): readonly string[] {
  const disk = 'mount -t tmpfs -o size=1m,nr_inodes=100,mode=777 tmpfs "$d" && cd "$d"';
  return [...APART, "sh", "-c", `d=$1; shift; ${disk} && { ${script}; } && cd / && exec "$@"`, "sh"];
}

describe.skipIf(noMounts !== undefined)("a disk that is full", () => {
  beforeAll(() => attach(onSmallDisk(":")));
  afterAll(() => worker.end());

  async function fill(script: string): Promise<void> {
    await worker.run("shell", { command: `rm -rf *; ${script}`, workdir: ".", ...quiet });
  }

  it("a download leaves what was there, and nothing of its own", async () => {
    await fill("echo old >f");
    expect(await result(worker, "stderr", ["downloadFile", { ...download, workerdest: "f" }])).toEqual([
      1,
      "Cannot write file 'DIR/f': [Errno 28] No space left on device\n",
    ]);
    expect(await result(worker, "stderr", ["downloadFile", { ...download, workerdest: "new/g" }])).toEqual([
      1,
      "Cannot write file 'DIR/new/g': [Errno 28] No space left on device\n",
    ]);
    const found = await worker.run("shell", {
      command: "find . -type f; cat f; df -k . | grep -c 100%",
      workdir: ".",
      ...quiet,
    });
    expect(found.text("stdout")).toBe("./f\nold\n0\n");
  });

  it("where no more files can be made, a download writes into the one that is there", async () => {
    await fill("echo old >f; n=0; while touch $n; do n=$((n+1)); done 2>/dev/null");
    const files = { reader: new FakeReader(Buffer.from("new")) };
    const report = await worker.run("downloadFile", { ...download, workerdest: "f" }, files);
    expect(report.value("rc")).toBe(0);
    const shown = await worker.run("shell", { command: "cat f", workdir: ".", ...quiet });
    expect(shown.text("stdout")).toBe("new\n");
    expect(await result(worker, "stderr", ["downloadFile", { ...download, workerdest: "g" }])).toEqual([
      1,
      "Cannot open file 'DIR/g' for download\n",
    ]);
    expect(await result(worker, "header", ["mkdir", { dir: "new" }])).toEqual([
      28,
      "mkdir: No space left on device: DIR/new\n",
    ]);
  });

  it("cpdir says so", async () => {
    await fill("mkdir a; head -c 700000 /dev/zero >a/f");
    const [rc, text] = await result(worker, "stderr", ["cpdir", { fromdir: "a", todir: "b", ...quiet }]);
    expect(rc).toBe(1);
    expect(text).toMatch(/No space left on device\n$/);
  });

  it("uploads and removes as ever", async () => {
    await fill("mkdir a; cat /dev/zero >a/f 2>/dev/null");
    expect(await result(worker, "stderr", ["uploadFile", { ...upload, workersrc: "a/f" }])).toEqual([0, ""]);
    expect(await result(worker, "stderr", ["uploadDirectory", { ...uploadTree, workersrc: "a" }])).toEqual([0, ""]);
    expect(await result(worker, "stderr", ["rmdir", { dir: "a", ...quiet }])).toEqual([0, ""]);
  });
});

describe.skipIf(noMounts !== undefined)("a disk that can only be read", () => {
  beforeAll(() => attach(onSmallDisk('mkdir a; echo old >a/f; mount -o remount,bind,ro "$d"')));
  afterAll(() => worker.end());

  it.each([
    ["mkdir", { dir: "new" }, [30, "mkdir: Read-only file system: DIR/new\n"]],
    ["mkdir", { dir: "a" }, [0, ""]],
    ["rmfile", { path: "a/f" }, [30, "rmfile: Read-only file system: DIR/a/f\n"]],
    ["cpdir", { fromdir: "a", todir: "x/y" }, [30, "cpdir: Read-only file system: DIR/x\n"]],
  ] as const)("%s of %j has the rc of the system and says why", async (command, args, expected) => {
    expect(await result(worker, "header", [command, args])).toEqual(expected);
  });

  it.each([
    ["a tree", "rmdir", { dir: "a", ...quiet }, /^(rm: cannot remove 'DIR\/a\/f': Read-only file system\n){2}$/],
    [
      "a copy",
      "cpdir",
      { fromdir: "a", todir: "b", ...quiet },
      /^cp: cannot create directory 'DIR\/b': Read-only file system\n$/,
    ],
    ["a file", "downloadFile", { ...download, workerdest: "a/f" }, /^Cannot open file 'DIR\/a\/f' for download\n$/],
    ["a new file", "downloadFile", { ...download, workerdest: "new" }, /^Cannot open file 'DIR\/new' for download\n$/],
  ] as const)("%s: %s has rc 1 and says so", async (_what, command, args, stderr) => {
    expect(await result(worker, "stderr", [command, args])).toEqual([1, expect.stringMatching(stderr)]);
  });

  it("is listed and uploaded as ever", async () => {
    expect((await worker.run("listdir", { dir: "a" })).value("files")).toEqual(["f"]);
    expect(await result(worker, "stderr", ["uploadDirectory", { ...uploadTree, workersrc: "a" }])).toEqual([0, ""]);
  });
});

describe("a limit on the size of files", () => {
  beforeAll(() => attach(["sh", "-c", 'shift; ulimit -f 200; exec "$@"', "sh"]));
  afterAll(() => worker.end());

  it("ends a download with rc 1, and nothing is left of it", async () => {
    expect(await result(worker, "stderr", ["downloadFile", { ...download, workerdest: "f" }])).toEqual([
      1,
      "Cannot write file 'DIR/f': [Errno 27] File too large\n",
    ]);
    expect(readdirSync(worker.builderDirectory)).toEqual([]);
    expect(await result(worker, "stderr", ["downloadFile", { ...download, workerdest: "f", maxsize: 1000 }])).toEqual([
      1,
      "Maximum filesize reached, truncating file 'DIR/f'\n",
    ]);
  });
});
