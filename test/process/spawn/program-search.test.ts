import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findTrouble } from "../../../src/process/spawn/program-search.ts";

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "buildhand-search-"));
  mkdirSync(join(cwd, "tools"));
});

afterEach(() => {
  rmSync(cwd, { recursive: true });
});

function write(name: string, content: string | Buffer, mode = 0o755): string {
  const path = join(cwd, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

const search = (program: string, env: Record<string, string> = { PATH: "tools" }) => findTrouble({ program, cwd, env });

/** As a linker writes it: a header, and somewhere the loader's name. */
const binary = (loader: string) => Buffer.from(`\x7fELF\x02\x01\x01${"\0".repeat(300)}${loader}\0\x04\0`, "latin1");

describe("a program that is not in the PATH", () => {
  test("may have a near name", async () => {
    write("tools/frobnicate", "");
    expect(await search("frobincate")).toEqual({ type: "missing", near: "frobnicate" });
  });

  test("has no near name that cannot be run", async () => {
    write("tools/frobnicate", "", 0o644);
    expect(await search("frobincate")).toEqual({ type: "missing" });
  });

  test("may be in the directory of the command", async () => {
    const path = write("frobnicate", "");
    expect(await search("frobnicate")).toEqual({ type: "missing", elsewhere: path });
  });

  test("may be where programs usually are", async () => {
    expect(await search("sh")).toMatchObject({ type: "missing", elsewhere: expect.stringMatching(/\/bin\/sh$/) });
  });

  test("may be below the home directory", async () => {
    mkdirSync(join(cwd, "home/.local/bin"), { recursive: true });
    const path = write("home/.local/bin/frobnicate", "");
    expect(await search("frobnicate", { PATH: "tools", HOME: join(cwd, "home") })).toEqual({
      type: "missing",
      elsewhere: path,
    });
  });

  test("may be nowhere", async () => {
    expect(await search("frobnicate", { PATH: "tools:/no/such/directory" })).toEqual({ type: "missing" });
  });
});

describe("a path", () => {
  test("may have a near name in its directory", async () => {
    write("tools/run.sh", "");
    expect(await search("./tools/Run.sh")).toEqual({ type: "missing", near: "run.sh" });
  });

  test("may be in no directory", async () => {
    expect(await search("nowhere/run.sh")).toEqual({ type: "directory-missing", directory: join(cwd, "nowhere") });
  });

  test("may be a directory itself", async () => {
    expect(await search("./tools")).toEqual({ type: "directory", path: join(cwd, "tools") });
  });
});

describe("a program that is there", () => {
  test("is fine without an interpreter, and with one that is there", async () => {
    write("tools/plain", "echo");
    write("tools/script", "#!/bin/sh -e\necho\n");
    expect(await search("plain")).toBeUndefined();
    expect(await search("script")).toBeUndefined();
  });

  test("may not be executable", async () => {
    const path = write("tools/plain", "echo", 0o640);
    expect(await search("plain")).toEqual({ type: "not-executable", path, mode: 0o640 });
  });

  test("may not be executable in the first directory, and yet be found in the next", async () => {
    mkdirSync(join(cwd, "more"));
    write("tools/plain", "echo", 0o640);
    write("more/plain", "echo");
    expect(await search("plain", { PATH: "tools:more" })).toBeUndefined();
  });

  test("may name an interpreter that is not there", async () => {
    const path = write("tools/script", "#! /nowhere/python -u\nprint()\n");
    expect(await search("script")).toEqual({ type: "interpreter-missing", path, interpreter: "/nowhere/python" });
  });

  test("may have a carriage return in its first line", async () => {
    const path = write("tools/script", "#!/bin/sh\r\necho\r\n");
    expect(await search("script")).toEqual({ type: "carriage-return", path, interpreter: "/bin/sh" });
  });

  test("may be a binary whose loader is not there", async () => {
    const path = write("tools/binary", binary("/lib/ld-musl-riscv1024.so.1"));
    expect(await search("binary")).toEqual({ type: "loader-missing", path, loader: "/lib/ld-musl-riscv1024.so.1" });
  });

  test("may be a binary without a loader, such as a static one", async () => {
    write("tools/binary", Buffer.from("\x7fELF\x02\x01\x01", "latin1"));
    expect(await search("binary")).toBeUndefined();
  });
});

test("no name is no trouble", async () => {
  expect(await search("")).toBeUndefined();
});
