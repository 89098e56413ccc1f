import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bzip2, gzip } from "../../../src/commands/tar/compression.ts";
import { packTree } from "../../../src/commands/tar/pack.ts";
import { runsEveryRow } from "../../support/sized.ts";
import { entriesByPython, extractByGnuTar, extractByPython, PYTHON } from "./archive-reading.ts";
import { anyTree, linesOfTree, makeTree } from "./tree-making.ts";

const RUNS = runsEveryRow ? 30 : 3;
const never = new AbortController().signal;

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "buildhand-tar-"));
});
afterEach(() => {
  rmSync(scratch, { recursive: true });
});

async function collected(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

/** The archive of a directory that a line of shell filled. */
function packed(commands: string): Promise<Buffer> {
  const root = join(scratch, "root");
  mkdirSync(root);
  execFileSync("/bin/sh", ["-c", commands], { cwd: root });
  return collected(packTree(root, never));
}

const compressions = [
  { name: "not compressed", mode: "r|", compress: (chunks: AsyncIterable<Uint8Array>) => chunks },
  { name: "compressed by gzip", mode: "r|gz", compress: gzip },
  {
    name: "compressed by bzip2",
    mode: "r|bz2",
    compress: (chunks: AsyncIterable<Uint8Array>) => bzip2(chunks, process.env),
  },
] as const;

describe.skipIf(!existsSync(PYTHON))("any tree, packed by us", () => {
  it.each(compressions)("and $name, is unpacked equal by Python, as a master does it", async ({ mode, compress }) => {
    await fc.assert(
      fc.asyncProperty(anyTree, async (tree) => {
        const directory = mkdtempSync(join(scratch, "tree-"));
        const root = join(directory, "packed");
        makeTree(Buffer.from(root), tree);
        const archive = await collected(compress(packTree(root, never)));
        mkdirSync(join(directory, "unpacked"));
        extractByPython(archive, mode, join(directory, "unpacked"));
        expect(linesOfTree(Buffer.from(join(directory, "unpacked")))).toEqual(linesOfTree(Buffer.from(root)));
      }),
      { numRuns: RUNS },
    );
  });

  it("is the same when its files are read in the main thread", async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, async (tree) => {
        const root = join(mkdtempSync(join(scratch, "tree-")), "packed");
        makeTree(Buffer.from(root), tree);
        const archive = await collected(packTree(root, never));
        expect(archive.equals(await collected(packTree(root, never, { isNear: true })))).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it("is unpacked equal by GNU tar", async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, async (tree) => {
        const directory = mkdtempSync(join(scratch, "tree-"));
        const root = join(directory, "packed");
        makeTree(Buffer.from(root), tree);
        mkdirSync(join(directory, "unpacked"));
        extractByGnuTar(await collected(packTree(root, never)), join(directory, "unpacked"));
        expect(linesOfTree(Buffer.from(join(directory, "unpacked")))).toEqual(linesOfTree(Buffer.from(root)));
      }),
      { numRuns: RUNS },
    );
  });
});

describe.skipIf(!existsSync(PYTHON))("an archive", () => {
  it("has the directory itself first, without a name, and then everything depth first and sorted", async () => {
    const archive = await packed("mkdir -p b/z B e; touch a b/y b/z/x b.c .hidden");
    const names = ["", ".hidden", "B", "a", "b", "b/y", "b/z", "b/z/x", "b.c", "e"];
    expect(entriesByPython(archive, "r|").map(({ name }) => name)).toEqual(names);
  });

  it("is the same, entry by entry, as the one that Python makes", async () => {
    const archive = await packed(
      "mkdir -p sub/deep; echo one > one; ln one sub/again; ln -s nowhere link; mkfifo pipe; chmod 4750 one; " +
        "touch -d @1700000001.5 one; printf x > $(printf 'n\\377'); printf y > grün; ln -s $(printf '\\376') odd",
    );
    const python =
      "import sys, tarfile\nwith tarfile.open(fileobj=sys.stdout.buffer, mode='w|') as archive: archive.add(sys.argv[1], '')";
    const env = { LC_ALL: "C.UTF-8" };
    const expected = execFileSync(PYTHON, ["-c", python, join(scratch, "root")], { env });
    expect(entriesByPython(archive, "r|")).toEqual(entriesByPython(expected, "r|"));
    expect(archive.length % 10_240).toBe(0);
  });

  it("holds names that are not UTF-8, and long ones, byte by byte", async () => {
    const long = "n".repeat(200);
    const archive = await packed(
      `touch "$(printf 'a\\377\\001')"; mkdir ${long}; touch ${long}/${long}; ln -s ${long} link`,
    );
    const entries = entriesByPython(archive, "r|").map(({ name, link }) => [name, link]);
    expect(entries).toEqual([
      ["", ""],
      ["a\xff\x01", ""],
      ["link", long],
      [long, ""],
      [`${long}/${long}`, ""],
    ]);
  });

  it("keeps named pipes, and links to one file as links, without waiting for anything", async () => {
    const archive = await packed("mkfifo pipe; echo x > a; mkdir d; ln a d/b; ln a c");
    const entries = entriesByPython(archive, "r|").map(({ name, type, link, content }) => [name, type, link, content]);
    expect(entries).toEqual([
      ["", "5", "", ""],
      ["a", "0", "", "x\n"],
      ["c", "1", "a", ""],
      ["d", "5", "", ""],
      ["d/b", "1", "a", ""],
      ["pipe", "6", "", ""],
    ]);
  });

  it("leaves sockets out", async () => {
    const root = join(scratch, "root");
    mkdirSync(root);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, "socket"), resolve));
    const entries = entriesByPython(await collected(packTree(root, never)), "r|");
    await new Promise((resolve) => server.close(resolve));
    expect(entries.map(({ name }) => name)).toEqual([""]);
  });

  it("holds the numbers of a device", async () => {
    const listing = execFileSync("tar", ["--list", "--verbose", "--absolute-names", "--file=-"], {
      input: await collected(packTree("/dev/null", never)),
      encoding: "utf8",
    });
    expect(listing).toMatch(/^c.* 1,3 /);
  });

  it("holds times with nanoseconds, before 1970 and far in the future", async () => {
    const archive = await packed("touch -d @1700000001.123456789 a; touch -d @-5.25 b; touch -d @9000000000 c");
    const times = entriesByPython(archive, "r|").map(({ mtime }) => mtime);
    expect(times.slice(1)).toEqual([1_700_000_001.123_456_7, -5.25, 9_000_000_000]);
  });
});

describe("packing", () => {
  it("follows a link to the directory", async () => {
    execFileSync("/bin/sh", ["-c", "mkdir d; touch d/f; ln -s d link"], { cwd: scratch });
    const viaLink = await collected(packTree(join(scratch, "link"), never));
    expect(viaLink.equals(await collected(packTree(join(scratch, "d"), never)))).toBe(true);
  });

  it("throws the system's error for what is not there", async () => {
    await expect(collected(packTree(join(scratch, "nothing"), never))).rejects.toThrow("ENOENT");
  });

  it("throws when a file becomes shorter while it is read", async () => {
    const file = join(scratch, "f");
    writeFileSync(file, Buffer.alloc(1_000_000));
    const chunks = packTree(scratch, never);
    for (let chunk = await chunks.next(); chunk.value!.length < 100_000; ) chunk = await chunks.next();
    truncateSync(file, 0);
    await expect(collected(chunks)).rejects.toThrow(`'${file}' became shorter while it was read`);
  });

  it("lets others have their turn while it reads many small files in the main thread", async () => {
    execFileSync("sh", ["-c", "for n in $(seq 2000); do echo >f$n; done"], { cwd: scratch });
    let turns = 0;
    const turn = () => {
      turns += 1;
      next = setImmediate(turn);
    };
    let next = setImmediate(turn);
    await collected(packTree(scratch, never, { isNear: true }));
    clearImmediate(next);
    expect(turns).toBeGreaterThan(2);
  });

  it("takes no more of a file that grows than it said it would", async () => {
    const file = join(scratch, "f");
    writeFileSync(file, Buffer.alloc(300_000, "a"));
    utimesSync(scratch, 5, 5);
    const chunks = packTree(scratch, never);
    const parts = [(await chunks.next()).value!, (await chunks.next()).value!];
    writeFileSync(file, Buffer.alloc(1000, "b"), { flag: "a" });
    const archive = Buffer.concat([...parts, await collected(chunks)]);
    expect(archive.filter((byte) => byte === "a".charCodeAt(0)).length).toBeGreaterThanOrEqual(300_000);
    expect(archive.includes("bbb")).toBe(false);
  });

  it("ends with the reason of an interrupt", async () => {
    writeFileSync(join(scratch, "f"), Buffer.alloc(1_000_000));
    const controller = new AbortController();
    const chunks = packTree(scratch, controller.signal);
    await chunks.next();
    controller.abort();
    await expect(collected(chunks)).rejects.toBe(controller.signal.reason);
  });

  it("reads a file only as far as it is consumed", async () => {
    const file = join(scratch, "f");
    writeFileSync(file, "");
    truncateSync(file, 2 ** 40);
    const chunks = packTree(scratch, never);
    let taken = 0;
    for await (const chunk of chunks) {
      taken += chunk.length;
      if (taken > 10_000_000) break;
    }
    expect(statSync(file).size).toBe(2 ** 40);
  });
});
