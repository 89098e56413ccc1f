import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, lstatSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { packTar, type TarHeader } from "modern-tar";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { masterErrors } from "../../../src/master/errors.ts";
import { archiveSink } from "../../../src/master/transfers/archive-sink.ts";
import { type TransferRoot, transferRoot } from "./transfer-root.ts";

const LIMIT = { limitBytes: 10_000_000 };
const BLOCK_BYTES = 100_000;

describe("an uploaded directory", () => {
  let place: TransferRoot;
  beforeEach(() => {
    place = transferRoot();
  });
  afterEach(() => place.remove());

  async function upload(
    archive: Uint8Array,
    options: Parameters<typeof archiveSink>[2] = LIMIT,
    signal = new AbortController().signal,
  ) {
    const sink = await archiveSink(place.root, "up", options);
    try {
      for (let at = 0; at < archive.length; at += BLOCK_BYTES) {
        await sink.write(archive.subarray(at, at + BLOCK_BYTES));
      }
      await sink.unpack?.(signal);
    } catch (error) {
      await sink.abandon();
      throw error;
    }
  }

  async function packed(...entries: (Partial<TarHeader> & { name: string; body?: string })[]) {
    return packTar(
      entries.map(({ body, ...header }) => ({
        header: { size: body === undefined ? 0 : Buffer.byteLength(body), ...header },
        ...(body !== undefined && { body }),
      })),
    );
  }

  /** As the tar program makes it, of a tree with all that may be in one. */
  function treeArchive(...words: string[]): Buffer {
    const tree = `${place.outside}/tree`;
    mkdirSync(`${tree}/sub/empty`, { recursive: true });
    writeFileSync(`${tree}/plain`, "plain\n");
    writeFileSync(`${tree}/sub/program`, "#!/bin/sh\n");
    chmodSync(`${tree}/sub/program`, 0o4777);
    linkSync(`${tree}/plain`, `${tree}/sub/same`);
    symlinkSync("../plain", `${tree}/sub/link`);
    writeFileSync(`${tree}/${"long-name-".repeat(20)}`, "long\n");
    writeFileSync(`${tree}/naïve`, "text\n");
    return execFileSync("tar", ["-C", tree, ...words, "-c", "."]);
  }

  it("is complete when many uploads to one destination end at the same time, and one of them stays", async () => {
    const archives = await Promise.all(
      Array.from({ length: 12 }, (_, n) => packed({ name: "which", body: `${n}\n` }, { name: `only-${n}`, body: "" })),
    );
    await Promise.all(archives.map((archive) => upload(archive)));
    const which = place.text("up/which").trim();
    expect(place.names()).toEqual(["up", `up/only-${which}`, "up/which"]);
  });

  it.each([
    ["plain", []],
    ["in POSIX format", ["--format=posix"]],
  ] as const)("comes out of an archive %s", async (_, words) => {
    await upload(treeArchive(...words));
    expect(place.names()).toEqual(
      [
        "up",
        `up/${"long-name-".repeat(20)}`,
        "up/naïve",
        "up/plain",
        "up/sub",
        "up/sub/empty",
        "up/sub/link",
        "up/sub/program",
        "up/sub/same",
      ].sort(),
    );
    expect(place.text("up/sub/same")).toBe("plain\n");
    expect(readlinkSync(place.path("up/sub/link"))).toBe("../plain");
    const mask = ~process.umask();
    expect(lstatSync(place.path("up/sub/program")).mode & 0o7777).toBe(0o755 & mask);
    expect(lstatSync(place.path("up/plain")).mode & 0o7777).toBe(0o644 & mask);
    expect(lstatSync(place.path("up/sub")).mode & 0o7777).toBe(0o755 & mask);
    const { mtime } = lstatSync(`${place.outside}/tree/plain`);
    expect(Math.abs(lstatSync(place.path("up/plain")).mtimeMs - mtime.getTime())).toBeLessThan(1001);
  });

  it("replaces the previous content completely", async () => {
    mkdirSync(place.path("up"));
    writeFileSync(place.path("up/old"), "");
    await upload(await packed({ name: "new", body: "new" }));
    expect(place.names()).toEqual(["up", "up/new"]);
  });

  it.each([
    ["a name that leads out", [{ name: "../evil", body: "x" }]],
    ["a name with .. in it", [{ name: "a/../../evil", body: "x" }]],
    ["an absolute name", [{ name: "/tmp/evil", body: "x" }]],
    ["a link to an absolute path", [{ name: "a", type: "symlink", linkname: "/etc" }]],
    ["a link that leads out", [{ name: "d/a", type: "symlink", linkname: "../../outside" }]],
    ["a link that goes down and then up", [{ name: "a", type: "symlink", linkname: "d/../../x" }]],
    ["a link to nowhere", [{ name: "a", type: "symlink", linkname: "" }]],
    ["a hard link that leads out", [{ name: "a", type: "link", linkname: "../../outside/secret" }]],
    ["a hard link to an absolute path", [{ name: "a", type: "link", linkname: "/etc/passwd" }]],
    ["a hard link to nothing", [{ name: "a", type: "link", linkname: "b" }]],
    ["a device", [{ name: "a", type: "character-device" }]],
    ["a block device", [{ name: "a", type: "block-device" }]],
    ["a pipe", [{ name: "a", type: "fifo" }]],
    [
      "a file where a directory is to be",
      [
        { name: "a", body: "x" },
        { name: "a/b", body: "x" },
      ],
    ],
    ["a name with a NUL in its long form", [{ name: "a", body: "x", pax: { path: "a\0b" } }]],
    ["a path that is too deep", [{ name: `${"x/".repeat(250)}y`, body: "x" }]],
  ] satisfies [string, (Partial<TarHeader> & { name: string; body?: string })[]][])(
    "is refused for %s, and leaves nothing",
    async (_, entries) => {
      await expect(upload(await packed(...entries))).rejects.toThrow("master: up: ");
      expect(place.names()).toEqual([]);
      expect(place.text("../outside/secret")).toBe("secret\n");
    },
  );

  it("is not written through its own links", async () => {
    const archive = await packed(
      { name: "d", type: "symlink", linkname: "e" },
      { name: "e/", type: "directory" },
      { name: "d/file", body: "x" },
    );
    await expect(upload(archive)).rejects.toThrow("File exists");
    expect(place.names()).toEqual([]);
  });

  it("may contain itself, as workers send it", async () => {
    await upload(
      await packed({ name: "/", type: "directory" }, { name: "./", type: "directory" }, { name: "a", body: "x" }),
    );
    expect(place.names()).toEqual(["up", "up/a"]);
  });

  it("keeps the last of several files with one name", async () => {
    await upload(await packed({ name: "a", body: "one" }, { name: "a", body: "two" }));
    expect(place.text("up/a")).toBe("two");
  });

  it.each([
    ["nothing", Buffer.of()],
    ["half an archive", Buffer.alloc(700, "x")],
    ["no archive at all", Buffer.from("hello ".repeat(1000))],
    ["compressed", gzipSync("hello ".repeat(1000))],
  ])("is refused when it is %s", async (_, bytes) => {
    await expect(upload(bytes)).rejects.toMatchObject({ code: masterErrors.archive.code });
    expect(place.names()).toEqual([]);
  });

  it("is refused when it is truncated", async () => {
    const archive = treeArchive();
    const half = archive.subarray(0, archive.length / 3);
    await expect(upload(half)).rejects.toMatchObject({ code: masterErrors.archive.code });
    expect(place.names()).toEqual([]);
  });

  it("is refused before more than the limit is unpacked", async () => {
    const cut = (await packed({ name: "zeros", body: "\0".repeat(3_000_000) })).subarray(0, 100_000);
    await expect(upload(cut, { limitBytes: 1_000_000 })).rejects.toMatchObject({
      code: masterErrors.uploadTooLarge.code,
    });
    expect(place.names()).toEqual([]);
  });

  it("is refused for a huge header", async () => {
    const header = await packed({ name: "x", type: "pax-header", body: "\0".repeat(9_000_000) });
    await expect(upload(header)).rejects.toMatchObject({
      code: masterErrors.archive.code,
    });
  });

  it.each([
    ["of many files", () => packed(...Array.from({ length: 3000 }, (_, n) => ({ name: `d/${n}`, body: "x" })))],
    ["of one large file", () => packed({ name: "zeros", body: "\0".repeat(9_000_000) })],
    [
      "of many links",
      () =>
        packed(
          ...Array.from({ length: 3000 }, (_, n) => ({ name: `d/${n}`, type: "symlink" as const, linkname: "x" })),
        ),
    ],
  ])("%s stops being unpacked when aborted, and leaves nothing", async (_, archive) => {
    const stopping = new AbortController();
    const stop = setInterval(() => {
      if (place.names().length < 2) return;
      clearInterval(stop);
      stopping.abort("the build was stopped");
    });
    const unpacking = upload(await archive(), LIMIT, stopping.signal);
    await expect(unpacking).rejects.toThrow(
      "master: up: the archive cannot be unpacked: stopped: the build was stopped",
    );
    expect(place.names()).toEqual([]);
  });

  it("is refused when the worker closes it like a file", async () => {
    const sink = await archiveSink(place.root, "up", LIMIT);
    await sink.write(await packed({ name: "a", body: "x" }));
    await expect(sink.close()).rejects.toThrow("closed like a file");
    await sink.abandon();
    expect(place.names()).toEqual([]);
  });
});
