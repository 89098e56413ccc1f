import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { utf8 } from "../../src/base/encoding/text-encoding.ts";
import { mkdir } from "../../src/commands/mkdir.ts";
import { INFO_FILE_LIMIT_BYTES, INFO_FILES_LIMIT } from "../../src/worker/host/host-files.ts";
import { type FactSettings, type HostFact, workerInfo } from "../../src/worker/worker-info.ts";

let basedir: string;
let root: string;
let problems: string[];

beforeEach(() => {
  basedir = mkdtempSync(join(tmpdir(), "buildhand-facts-"));
  root = join(basedir, "root");
  mkdirSync(join(root, "etc"), { recursive: true });
  mkdirSync(join(basedir, "info"));
  problems = [];
});
afterEach(() => rmSync(basedir, { recursive: true }));

function info(name: string, content: string | Uint8Array): void {
  writeFileSync(join(basedir, "info", name), content);
}

function facts(changes: Partial<FactSettings> = {}) {
  return workerInfo(
    {
      baseDirectory: basedir,
      numcpus: 3,
      version: "4.2.1",
      environment: { PATH: "/bin", GONE: undefined },
      deleteLeftoverDirs: false,
      commands: new Map([["mkdir", mkdir]]),
      rules: { fileEncoding: utf8 },
      log: (sentence) => problems.push(sentence),
      ...changes,
    },
    root,
  );
}

/** Only what comes out of files. */
async function fileFacts(): Promise<Record<string, HostFact>> {
  const found = [...(await facts())];
  return Object.fromEntries(found.slice(0, found.length - 7));
}

describe("the facts about a worker's host", () => {
  it("comes in the order of the Python worker", async () => {
    info("host", "a host\n");
    info("admin", "an admin\n");
    writeFileSync(join(root, "etc/os-release"), 'ID=debian\nNAME="Debian GNU/Linux"\n');
    expect([...(await facts())]).toEqual([
      ["admin", "an admin\n"],
      ["host", "a host\n"],
      ["os_id", "debian"],
      ["os_name", "Debian GNU/Linux"],
      ["environ", new Map([["PATH", "/bin"]])],
      ["system", "posix"],
      ["basedir", basedir],
      ["numcpus", 3],
      ["version", "4.2.1"],
      ["worker_commands", new Map([["mkdir", "3.3"]])],
      ["delete_leftover_dirs", false],
    ]);
    expect(problems).toEqual([]);
  });

  it("lets no file in info pretend to be another fact", async () => {
    for (const name of ["os_id", "system", "worker_commands"]) info(name, "pretended");
    writeFileSync(join(root, "etc/os-release"), "ID=debian\n");
    const found = await facts();
    expect([found.get("os_id"), found.get("system"), found.get("worker_commands")]).not.toContain("pretended");
  });

  it.each([0, 1, true, null, "no"])(
    "has delete_leftover_dirs as buildbot.tac has it: %j",
    async (deleteLeftoverDirs) => {
      expect((await facts({ deleteLeftoverDirs })).get("delete_leftover_dirs")).toBe(deleteLeftoverDirs);
    },
  );

  it("needs neither info nor os-release", async () => {
    rmSync(join(basedir, "info"), { recursive: true });
    expect(await fileFacts()).toEqual({});
    expect(problems).toEqual([]);
  });
});

describe("the files in info", () => {
  it("are sent as Python reads them, empty ones too", async () => {
    info("host", "\ufeffé\r\nb\rc\n");
    info("empty", "");
    info("__proto__", "x");
    expect(new Map(Object.entries(await fileFacts()))).toEqual(
      new Map([
        ["__proto__", "x"],
        ["empty", ""],
        ["host", "\ufeffé\nb\nc\n"],
      ]),
    );
  });

  it("may be links, and so may info", async () => {
    writeFileSync(join(basedir, "common"), "common\n");
    symlinkSync("../common", join(basedir, "info", "host"));
    renameSync(join(basedir, "info"), join(basedir, "elsewhere"));
    symlinkSync("elsewhere", join(basedir, "info"));
    expect(await fileFacts()).toEqual({ host: "common\n" });
  });

  it.each([
    ["a file", (path: string) => writeFileSync(path, "all there is to say\n")],
    ["a link that leads nowhere", (path: string) => symlinkSync("not mounted", path)],
  ])("are not looked for in %s in place of the directory, which a sentence says", async (_, make) => {
    rmSync(join(basedir, "info"), { recursive: true });
    make(join(basedir, "info"));
    expect(await fileFacts()).toEqual({});
    expect(problems).toEqual([
      `${join(basedir, "info")} is not a directory, so none of its files are sent; expected a directory with files such as admin and host, which may be links`,
    ]);
  });

  it("are skipped with a sentence when they are not UTF-8", async () => {
    info("host", Buffer.from([0xff]));
    info("admin", "fine");
    expect(await fileFacts()).toEqual({ admin: "fine" });
    expect(problems).toEqual([`error while reading file: ${join(basedir, "info/host")}: Not UTF-8 text`]);
  });

  it("are skipped with a sentence when they are too long", async () => {
    info("host", "x".repeat(INFO_FILE_LIMIT_BYTES + 1));
    info("just", "x".repeat(INFO_FILE_LIMIT_BYTES));
    expect(Object.keys(await fileFacts())).toEqual(["just"]);
    expect(problems[0]).toContain(`Longer than ${INFO_FILE_LIMIT_BYTES} bytes`);
  });

  it("are skipped with a sentence when they are too much together", async () => {
    for (const name of ["a", "b", "c", "d", "e"]) info(name, "x".repeat(INFO_FILE_LIMIT_BYTES));
    info("f", "");
    expect(Object.keys(await fileFacts())).toEqual(["a", "b", "c", "d", "f"]);
    expect(problems).toEqual([expect.stringContaining("have more than")]);
  });

  it("are not sent beyond their largest number", async () => {
    for (let index = 0; index < INFO_FILES_LIMIT + 2; index += 1) info(`file${index}`, "");
    expect(Object.keys(await fileFacts())).toHaveLength(INFO_FILES_LIMIT);
    expect(problems).toEqual([expect.stringContaining(`more than ${INFO_FILES_LIMIT} files`)]);
  });

  it("are no directories, and links to nothing are no files", async () => {
    mkdirSync(join(basedir, "info", "directory"));
    symlinkSync("nowhere", join(basedir, "info", "link"));
    expect(await fileFacts()).toEqual({});
    expect(problems).toEqual([]);
  });

  it("that lie in a circle of links are skipped with a sentence", async () => {
    symlinkSync("circle", join(basedir, "info", "circle"));
    expect(await fileFacts()).toEqual({});
    expect(problems).toEqual([expect.stringContaining("info/circle: Too many levels of symbolic links")]);
  });

  it.skipIf(process.platform === "win32")("do not hang the worker when they are pipes or devices", async () => {
    execFileSync("/usr/bin/mkfifo", [join(basedir, "info", "fifo")]);
    symlinkSync("/dev/zero", join(basedir, "info", "zero"));
    expect(await fileFacts()).toEqual({});
    expect(problems).toEqual([
      `error while reading file: ${join(basedir, "info/fifo")}: Not a regular file`,
      `error while reading file: ${join(basedir, "info/zero")}: Not a regular file`,
    ]);
  });

  it.skipIf(process.platform !== "linux")("are skipped with a sentence when their names are not UTF-8", async () => {
    writeFileSync(Buffer.concat([Buffer.from(join(basedir, "info/")), Buffer.from([0xff])]), "x");
    info("host", "x");
    expect(await fileFacts()).toEqual({ host: "x" });
    expect(problems).toEqual([`not sending 1 files in ${join(basedir, "info")}: their names are not UTF-8`]);
  });
});
