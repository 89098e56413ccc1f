// File commands and transfers of a user who may not read or write what they are about.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Installation, install } from "../daemon/worker-program.ts";
import { type AttachedProgram, attachProgram } from "./attached-program.ts";
import { DOWNLOADED_BYTES, download, filesFor, quiet, result, upload, uploadTree } from "./refused-commands.ts";

/** Nobody's, on every Linux. */
const UNPRIVILEGED_UID = 65_534;
const isRoot = process.getuid?.() === 0;
/** Root may read and write everything, so it hands the program to somebody else; anybody else is that already. */
const user = isRoot ? { uid: UNPRIVILEGED_UID, gid: UNPRIVILEGED_UID } : {};

let installation: Installation;
let worker: AttachedProgram;
let directory: string;

beforeAll(() => {
  installation = install();
});
afterAll(() => installation.remove());

describe("a user without rights", () => {
  beforeAll(async () => {
    worker = await attachProgram({ installation, ...user });
    directory = worker.builderDirectory;
  });
  afterAll(() => worker.end());

  beforeEach(() => {
    for (const name of ["locked", "secret"]) {
      mkdirSync(join(directory, name));
      writeFileSync(join(directory, name, "file"), "old");
    }
    mkdirSync(join(directory, "secret", "inner"));
    if (isRoot) execFileSync("chown", ["-R", `${UNPRIVILEGED_UID}:${UNPRIVILEGED_UID}`, directory]);
    chmodSync(join(directory, "locked", "file"), 0o400);
    chmodSync(join(directory, "secret", "file"), 0);
    chmodSync(join(directory, "locked"), 0o555);
    chmodSync(join(directory, "secret"), 0);
  });
  afterEach(() => {
    // An ordinary user could not remove them otherwise.
    execFileSync("chmod", ["-R", "u+rwx", directory]);
    for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
  });

  it.each([
    ["mkdir", { dir: "locked/new" }, "mkdir: Permission denied: DIR/locked/new\n"],
    ["rmfile", { path: "locked/file" }, "rmfile: Permission denied: DIR/locked/file\n"],
    ["listdir", { dir: "secret" }, "listdir: Permission denied: DIR/secret\n"],
    ["stat", { file: "secret/file" }, "stat: Permission denied: DIR/secret/file\n"],
  ])("%s of %j has the rc of the system and says why", async (command, args, header) => {
    expect(await result(worker, "header", [command, args])).toEqual([13, header]);
  });

  it("glob finds nothing where it may not look", async () => {
    const report = await worker.run("glob", { path: "{locked,secret}/*" });
    expect(report.value("files")).toEqual([]);
    const found = (await worker.run("glob", { path: "*/*" })).value("files");
    expect(found).toEqual([`${directory}/locked/file`]);
  });

  it("rmdir removes a locked tree of its own, and leaves one in a directory it may not write to", async () => {
    expect(await result(worker, "stderr", ["rmdir", { dir: "secret", ...quiet }])).toEqual([
      0,
      "rm: cannot remove 'DIR/secret': Permission denied\n",
    ]);
    expect(readdirSync(directory)).toEqual(["locked"]);
    const [rc, text] = await result(worker, "stderr", ["rmdir", { dir: "locked/file", ...quiet }]);
    expect([rc, readdirSync(join(directory, "locked"))]).toEqual([1, ["file"]]);
    expect(text).toMatch(/^(rm: cannot remove 'DIR\/locked\/file': Permission denied\n){2}$/);
  });

  it("rmdir changes no permissions behind a link that it may not remove", async () => {
    chmodSync(join(directory, "locked"), 0o755);
    symlinkSync("../secret", join(directory, "locked", "link"));
    chmodSync(join(directory, "locked"), 0o555);
    for (const dir of ["locked/link", "locked/link/"]) {
      expect(await result(worker, "stderr", ["rmdir", { dir, ...quiet }])).toEqual([
        1,
        "rm: cannot remove 'DIR/locked/link': Permission denied\n",
      ]);
    }
    expect(statSync(join(directory, "secret")).mode & 0o777).toBe(0);
  });

  it("cpdir copies what it may read, and says what it may not", async () => {
    expect(await result(worker, "header", ["cpdir", { fromdir: "locked", todir: "locked/a/b", ...quiet }])).toEqual([
      13,
      "cpdir: Permission denied: DIR/locked/a\n",
    ]);
    const [rc, text] = await result(worker, "stderr", ["cpdir", { fromdir: "secret", todir: "copy", ...quiet }]);
    expect(rc).toBe(1);
    expect(text).toContain("cp: cannot access 'DIR/secret': Permission denied");
  });

  it("is what runs the commands", async () => {
    const command = "id -u; cat secret/file; echo new >locked/file; echo new >locked/new";
    const report = await worker.run("shell", { command, workdir: ".", ...quiet });
    expect(report.text("stdout")).toBe(`${user.uid ?? process.getuid?.()}\n`);
    expect(report.text("stderr").match(/Permission denied/g)).toHaveLength(3);
  });

  it.each([
    [
      "a secret file",
      "uploadFile",
      { ...upload, workersrc: "secret/file" },
      "Cannot open file 'DIR/secret/file' for upload\n",
    ],
    [
      "a secret directory",
      "uploadDirectory",
      { ...uploadTree, workersrc: "secret" },
      "Cannot read directory 'DIR/secret' for upload: [Errno 13] Permission denied: 'DIR/secret'\n",
    ],
    [
      "a directory with a secret one in it",
      "uploadDirectory",
      { ...uploadTree, workersrc: "" },
      "Cannot read directory 'DIR/' for upload: [Errno 13] Permission denied: 'DIR//secret'\n",
    ],
    [
      "a new file in a locked directory",
      "downloadFile",
      { ...download, workerdest: "locked/new" },
      "Cannot open file 'DIR/locked/new' for download\n",
    ],
    [
      "a locked file",
      "downloadFile",
      { ...download, workerdest: "locked/file" },
      "Cannot open file 'DIR/locked/file' for download\n",
    ],
  ])("%s: %s has rc 1 and says so", async (_what, command, args, stderr) => {
    expect(await result(worker, "stderr", [command, args])).toEqual([1, stderr]);
    expect(readdirSync(join(directory, "locked"))).toEqual(["file"]);
    expect(readFileSync(join(directory, "locked", "file"), "utf8")).toBe("old");
  });

  it("downloadFile fails when it may not make the directories", async () => {
    const report = await worker.run(
      "downloadFile",
      { ...download, workerdest: "locked/a/f" },
      filesFor("downloadFile"),
    );
    const failure = JSON.stringify(await report.completed);
    expect(failure).toContain("builtins.PermissionError");
    expect(failure).toContain(`[Errno 13] Permission denied: '${directory}/locked/a'`);
    expect(report.value("rc")).toBe(1);
  });

  it("a download writes into a file in a directory to which nothing can be added", async () => {
    chmodSync(join(directory, "locked", "file"), 0o600);
    expect(await result(worker, "stderr", ["downloadFile", { ...download, workerdest: "locked/file" }])).toEqual([
      0,
      "",
    ]);
    expect(statSync(join(directory, "locked", "file")).size).toBe(DOWNLOADED_BYTES);
  });
});
