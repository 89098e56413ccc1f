import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTacFile } from "../../src/config/tac.ts";

const MARKER = "application = service.Application('buildbot-worker')\n";
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-tac-file-"));
  path = join(directory, "buildbot.tac");
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("the buildbot.tac of a directory", () => {
  it("is read as it is", () => {
    writeFileSync(path, `${MARKER}# é\n`);
    expect(readTacFile(directory)).toEqual({ path, text: `${MARKER}# é\n` });
  });

  it("may be a link", () => {
    writeFileSync(join(directory, "elsewhere"), MARKER);
    symlinkSync("elsewhere", path);
    expect(readTacFile(directory).text).toBe(MARKER);
  });

  it("must be there", () => {
    expect(() => readTacFile(directory)).toThrow(`error reading '${path}': No such file or directory`);
  });

  it("must hold the marker of a worker", () => {
    writeFileSync(path, "application = service.Application('buildmaster')\n");
    expect(() => readTacFile(directory)).toThrow(`unexpected content in '${path}'`);
  });

  it("must be a file", () => {
    mkdirSync(path);
    expect(() => readTacFile(directory)).toThrow(`error reading '${path}': Not a regular file`);
  });

  it("must be UTF-8", () => {
    writeFileSync(path, Buffer.from([0xff]));
    expect(() => readTacFile(directory)).toThrow(`error reading '${path}': Not UTF-8 text`);
  });

  it("must not be huge", () => {
    writeFileSync(path, MARKER + "#".repeat(300_000));
    expect(() => readTacFile(directory)).toThrow(`error reading '${path}': Longer than 262144 bytes`);
  });

  it.skipIf(process.platform === "win32")("does not wait for the writer of a named pipe", () => {
    execFileSync("/usr/bin/mkfifo", [path]);
    expect(() => readTacFile(directory)).toThrow(`error reading '${path}': Not a regular file`);
  });
});
