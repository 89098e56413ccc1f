import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FollowedFile } from "../../../src/process/log-files/log-tail.ts";
import { poll as pollUntil } from "../../support/poll.ts";

let directory: string;
let path: string;
const tails: FollowedFile[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-tail-"));
  path = join(directory, "a.log");
});

afterEach(async () => {
  for (const tail of tails.splice(0)) await tail.close();
  expect(openBelow(directory)).toEqual([]);
  rmSync(directory, { recursive: true });
});

async function tailOf(file: string, follow = false): Promise<FollowedFile> {
  const tail = new FollowedFile({ path: file, follow });
  tails.push(tail);
  await tail.remember();
  return tail;
}

/** All that one look finds. */
async function poll(tail: FollowedFile, buffer = Buffer.alloc(8)): Promise<string> {
  await tail.look();
  const pieces: Buffer[] = [];
  for (;;) {
    const bytes = await tail.read(buffer);
    if (bytes === undefined) return `${Buffer.concat(pieces)}`;
    pieces.push(Buffer.from(bytes));
  }
}

function openBelow(root: string): string[] {
  return readdirSync("/proc/self/fd").flatMap((name) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${name}`);
      return target.startsWith(root) ? [target] : [];
    } catch {
      return []; // the descriptor this listing was read by
    }
  });
}

function program(...words: [string, ...string[]]): void {
  const { status } = spawnSync(words[0], words.slice(1));
  expect(status).toBe(0);
}

/** Resolves once the file system's clock has gone on, by which it is told that a file changed. */
async function afterTick(): Promise<void> {
  const probe = join(directory, "probe");
  writeFileSync(probe, "");
  const { mtimeNs: before } = statSync(probe, { bigint: true });
  await pollUntil("a tick", () => {
    writeFileSync(probe, "");
    return statSync(probe, { bigint: true }).mtimeNs > before;
  });
}

function writeAt(position: number, text: string): void {
  const file = openSync(path, "r+");
  writeSync(file, text, position);
  closeSync(file);
}

describe("a file", () => {
  test("that is not there gives nothing, and everything once it comes", async () => {
    const tail = await tailOf(path);
    expect(await poll(tail)).toBe("");
    appendFileSync(path, "one\n");
    expect(await poll(tail)).toBe("one\n");
    expect(await poll(tail)).toBe("");
    appendFileSync(path, "two, and more than fits into the buffer\n");
    expect(await poll(tail)).toBe("two, and more than fits into the buffer\n");
  });

  test("that does not change gives nothing, and is not kept open", async () => {
    writeFileSync(path, "old\n");
    const tail = await tailOf(path);
    expect(await poll(tail)).toBe("");
    expect(openBelow(directory)).toEqual([]);
  });

  test("that changes is given from its start", async () => {
    writeFileSync(path, "old\n");
    const tail = await tailOf(path);
    appendFileSync(path, "new\n");
    expect(await poll(tail)).toBe("old\nnew\n");
  });

  test("that is replaced by one of as many bytes has changed, however soon", async () => {
    writeFileSync(path, "old\n");
    writeFileSync(`${path}.new`, "new\n");
    const tail = await tailOf(path);
    renameSync(`${path}.new`, path);
    expect(await poll(tail)).toBe("new\n");
  });

  test("that goes and comes back as it was is a new one", async () => {
    writeFileSync(path, "old\n");
    const tail = await tailOf(path);
    renameSync(path, `${path}.aside`);
    expect(await poll(tail)).toBe("");
    renameSync(`${path}.aside`, path);
    expect(await poll(tail)).toBe("old\n");
  });

  test("is given up to where it reached at the look", async () => {
    appendFileSync(path, "one\n");
    const tail = await tailOf(path);
    appendFileSync(path, "two\n");
    await tail.look();
    appendFileSync(path, "three\n");
    expect(`${await tail.read(Buffer.alloc(100))}`).toBe("one\ntwo\n");
    expect(await tail.read(Buffer.alloc(100))).toBeUndefined();
    expect(await poll(tail)).toBe("three\n");
  });
});

describe("a file that is followed", () => {
  test("gives only what is added", async () => {
    writeFileSync(path, "old\n");
    const tail = await tailOf(path, true);
    expect(await poll(tail)).toBe("");
    appendFileSync(path, "new\n");
    expect(await poll(tail)).toBe("new\n");
  });

  test("gives nothing when only its mode changes", async () => {
    writeFileSync(path, "old\n");
    const tail = await tailOf(path, true);
    chmodSync(path, 0o600);
    expect(await poll(tail)).toBe("");
  });

  test("gives everything when it was not there before", async () => {
    const tail = await tailOf(path, true);
    appendFileSync(path, "new\n");
    expect(await poll(tail)).toBe("new\n");
  });

  test.each([
    ["written again", () => writeFileSync(path, "new\n")],
    [
      "replaced by a longer one",
      () => {
        rmSync(path);
        writeFileSync(path, "new and longer\n");
      },
    ],
  ])("gives all of the new content when it is %s", async (_, change) => {
    writeFileSync(path, "old, old\n");
    const tail = await tailOf(path, true);
    change();
    expect(await poll(tail)).toMatch(/^new.*\n$/);
  });
});

describe("a file that is being read", () => {
  async function readSoFar(text: string): Promise<FollowedFile> {
    const tail = await tailOf(path);
    writeFileSync(path, text);
    expect(await poll(tail)).toBe(text);
    return tail;
  }

  test("is read from the start when it became shorter", async () => {
    const tail = await readSoFar("first, first\n");
    writeFileSync(path, "second\n");
    expect(await poll(tail)).toBe("second\n");
    truncateSync(path);
    expect(await poll(tail)).toBe("");
    appendFileSync(path, "third\n");
    expect(await poll(tail)).toBe("third\n");
  });

  const banner = "x".repeat(300);

  test.each([
    ["as long", "second\n", "secood\n"],
    ["longer", "first\n", "another, and longer\n"],
    ["longer than what is compared", `a${banner}b\n`, `c${banner}d, and more\n`],
  ])("is begun again when it was emptied and is %s again", async (_what, first, second) => {
    const tail = await readSoFar(first);
    await afterTick();
    writeFileSync(path, second);
    expect(await poll(tail)).toBe(second);
    appendFileSync(path, "more\n");
    expect(await poll(tail)).toBe("more\n");
  });

  test("is read from the start also when its first content was skipped", async () => {
    writeFileSync(path, "old\n");
    const tail = await tailOf(path, true);
    await afterTick();
    writeFileSync(path, "new\n");
    expect(await poll(tail)).toBe("new\n");
  });

  test.each([
    ["was touched", () => utimesSync(path, 1, 1), ""],
    ["was written over at its end", () => writeAt(banner.length + 2, "]\nmore\n"), "more\n"],
    ["was written over at its start", () => writeAt(0, "z"), ""],
  ])("is read on when it %s", async (_what, change, added) => {
    const tail = await readSoFar(`a${banner}b)\n`);
    await afterTick();
    change();
    expect(await poll(tail)).toBe(added);
  });

  test("that becomes shorter between the look and the reading is found out by the next look", async () => {
    const tail = await readSoFar("first\n");
    appendFileSync(path, "lost\n");
    await tail.look();
    truncateSync(path);
    expect(await tail.read(Buffer.alloc(8))).toBeUndefined();
    appendFileSync(path, "new\n");
    expect(await poll(tail)).toBe("new\n");
  });

  test("is read to its end when it is rotated, and then the new one with its name", async () => {
    const tail = await readSoFar("one\n");
    appendFileSync(path, "two\n");
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, "late\n");
    writeFileSync(path, "three\n");
    expect(await poll(tail)).toBe("two\nlate\nthree\n");
    appendFileSync(path, "four\n");
    expect(await poll(tail)).toBe("four\n");
    expect(openBelow(directory)).toEqual([path]);
  });

  test("is read on while nothing has its name", async () => {
    const tail = await readSoFar("one\n");
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, "two\n");
    expect(await poll(tail)).toBe("two\n");
    writeFileSync(path, "three\n");
    expect(await poll(tail)).toBe("three\n");
  });

  test("is distinguished from a new one after it was removed", async () => {
    const tail = await readSoFar("one\n");
    for (const text of ["two and more\n", "three, as well\n"]) {
      rmSync(path);
      writeFileSync(path, text);
      expect(await poll(tail)).toBe(text);
    }
  });

  test("is not replaced by anything but a file", async () => {
    const tail = await readSoFar("one\n");
    renameSync(path, `${path}.1`);
    mkdirSync(path);
    appendFileSync(`${path}.1`, "two\n");
    expect(await poll(tail)).toBe("two\n");
  });
});

describe("a name", () => {
  test("of a symbolic link stands for the file it leads to, also for another one later", async () => {
    const tail = await tailOf(path);
    symlinkSync("target-1", path);
    expect(await poll(tail)).toBe("");
    writeFileSync(join(directory, "target-1"), "one\n");
    expect(await poll(tail)).toBe("one\n");
    writeFileSync(join(directory, "target-2"), "two\n");
    symlinkSync("target-2", `${path}.new`);
    renameSync(`${path}.new`, path);
    expect(await poll(tail)).toBe("two\n");
  });

  test("of a FIFO is never opened, and gives the file that takes its place", async () => {
    program("mkfifo", path);
    const tail = await tailOf(path);
    expect(await poll(tail)).toBe("");
    rmSync(path);
    writeFileSync(path, "one\n");
    expect(await poll(tail)).toBe("one\n");
  });

  test.each([false, true])("of something that cannot be read gives nothing (follow: %s)", async (follow) => {
    mkdirSync(path);
    program("mkfifo", join(directory, "fifo"));
    const names = [path, join(directory, "fifo"), join(path, "absent"), "/dev/zero", "/dev/tty", `${path}\0`];
    for (const name of [...names, join(directory, "x".repeat(300)), ""]) {
      const tail = await tailOf(name, follow);
      expect(await poll(tail)).toBe("");
    }
    expect(openBelow(directory)).toEqual([]);
  });
});
