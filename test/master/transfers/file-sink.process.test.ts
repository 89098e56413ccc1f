import { mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { masterErrors } from "../../../src/master/errors.ts";
import { fileSink } from "../../../src/master/transfers/file-sink.ts";
import { type TransferRoot, transferRoot } from "./transfer-root.ts";

const LIMIT = { limitBytes: 1000 };

describe("an uploaded file", () => {
  let place: TransferRoot;
  beforeEach(() => {
    place = transferRoot();
  });
  afterEach(() => place.remove());

  it("appears under its name when it is complete, in new directories", async () => {
    const sink = await fileSink(place.root, "a/b/file", LIMIT);
    await sink.write(Buffer.from("one "));
    await sink.write(Buffer.from("two"));
    expect(place.names().filter((name) => name.endsWith("/file"))).toEqual([]);
    await sink.close();
    expect(place.text("a/b/file")).toBe("one two");
    expect(place.names()).toEqual(["a", "a/b", "a/b/file"]);
  });

  it("has a default mode and the times of the worker's file", async () => {
    const sink = await fileSink(place.root, "file", LIMIT);
    await sink.utime?.(1000.5, 2000.25);
    await sink.close();
    const { mode, atimeMs, mtimeMs } = statSync(place.path("file"));
    expect(mode & 0o777).toBe(0o644 & ~process.umask());
    expect([atimeMs, mtimeMs]).toEqual([1_000_500, 2_000_250]);
  });

  it("replaces an existing one only at its end", async () => {
    writeFileSync(place.path("file"), "old");
    const sink = await fileSink(place.root, "file", LIMIT);
    await sink.write(Buffer.from("new"));
    expect(place.text("file")).toBe("old");
    await sink.close();
    expect(place.text("file")).toBe("new");
  });

  it("leaves nothing when it is abandoned, however often", async () => {
    const sink = await fileSink(place.root, "file", LIMIT);
    await sink.write(Buffer.from("new"));
    await sink.abandon();
    await sink.abandon();
    expect(place.names()).toEqual([]);
  });

  it("is refused beyond its limit, and accepted at the limit", async () => {
    const sink = await fileSink(place.root, "file", LIMIT);
    await sink.write(Buffer.alloc(1000));
    await expect(sink.write(Buffer.alloc(1))).rejects.toMatchObject({ code: masterErrors.uploadTooLarge.code });
    await sink.abandon();
  });

  it.each([
    ["../file", "leads out"],
    ["a/../../file", "leads out"],
    ["/etc/file", "expected a relative path"],
    ["", "expected the path of a file"],
    [".", "expected the path of a file"],
    ["a\0b", "NUL"],
    [`${"x/".repeat(300)}file`, "directories deep"],
    ["x".repeat(5000), "longer than"],
  ])("is refused as %j", async (path, reason) => {
    await expect(fileSink(place.root, path, LIMIT)).rejects.toThrow(reason);
    expect(place.names()).toEqual([]);
  });

  it("follows no symbolic link below the root", async () => {
    symlinkSync(place.outside, place.path("way"));
    await expect(fileSink(place.root, "way/file", LIMIT)).rejects.toThrow("path contains a symbolic link");
  });

  it("replaces a symbolic link instead of writing through it", async () => {
    symlinkSync(`${place.outside}/secret`, place.path("file"));
    const sink = await fileSink(place.root, "file", LIMIT);
    await sink.write(Buffer.from("new"));
    await sink.close();
    expect(place.text("file")).toBe("new");
    expect(place.text("../outside/secret")).toBe("secret\n");
  });

  it("is refused with a sentence if the path is taken", async () => {
    writeFileSync(place.path("a"), "");
    await expect(fileSink(place.root, "a/file", LIMIT)).rejects.toThrow("is not a directory");
    mkdirSync(place.path("d"));
    const sink = await fileSink(place.root, "d", LIMIT);
    await expect(sink.close()).rejects.toThrow("master: d: Is a directory");
    await sink.abandon();
    expect(place.names()).toEqual(["a", "d"]);
  });
});
