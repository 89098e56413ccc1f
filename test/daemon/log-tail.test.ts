import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LogTail } from "../../src/daemon/log-tail.ts";

let directory: string;
let path: string;
let tail: LogTail;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-tail-"));
  path = join(directory, "twistd.log");
  writeFileSync(path, "from an earlier run\n");
  tail = new LogTail(path);
});
afterEach(() => {
  tail.close();
  rmSync(directory, { recursive: true });
});

const read = () => tail.read().toString();

describe("the tail of a log", () => {
  it("is what was added since, each piece once", () => {
    expect(read()).toBe("");
    appendFileSync(path, "one");
    expect(read()).toBe("one");
    appendFileSync(path, " and two\n");
    appendFileSync(path, "three\n");
    expect(read()).toBe(" and two\nthree\n");
    expect(read()).toBe("");
  });

  it("has what stands at the end of a log that was rotated, and the new one from its beginning", () => {
    appendFileSync(path, "last of the old\n");
    renameSync(path, `${path}.1`);
    expect(read()).toBe("last of the old\n");
    appendFileSync(`${path}.1`, "even later\n");
    writeFileSync(path, "a new one that is longer than the old one was\n");
    expect(read()).toBe("even later\na new one that is longer than the old one was\n");
    appendFileSync(path, "more\n");
    expect(read()).toBe("more\n");
  });

  it("continues with a new log when the old one was removed", () => {
    unlinkSync(path);
    expect(read()).toBe("");
    writeFileSync(path, "new\n");
    expect(read()).toBe("new\n");
  });

  it("begins again in a log that was emptied", () => {
    appendFileSync(path, "one\n");
    expect(read()).toBe("one\n");
    truncateSync(path);
    appendFileSync(path, "two\n");
    expect(read()).toBe("two\n");
  });

  it("brings as much as was added", () => {
    const text = "0123456789\n".repeat(50_000);
    appendFileSync(path, text);
    expect(read()).toBe(text);
  });
});
