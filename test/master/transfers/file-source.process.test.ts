import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileSource } from "../../../src/master/transfers/file-source.ts";
import { type TransferRoot, transferRoot } from "./transfer-root.ts";

describe("a downloaded file", () => {
  let place: TransferRoot;
  beforeEach(() => {
    place = transferRoot();
  });
  afterEach(() => place.remove());

  it("is read in blocks of the requested length, up to its end", async () => {
    writeFileSync(place.path("file"), "0123456789");
    const source = await fileSource(place.root, "file");
    const blocks: string[] = [];
    for (let count = 0; count < 4; count += 1) blocks.push(Buffer.from(await source.read(4)).toString());
    expect(blocks).toEqual(["0123", "4567", "89", ""]);
    await source.close();
  });

  it.each(["../outside/secret", "missing", "/etc/passwd"])("cannot be read as %s", async (path) => {
    await expect(fileSource(place.root, path)).rejects.toThrow("master: ");
  });

  it("cannot be read through a symbolic link", async () => {
    symlinkSync(`${place.outside}/secret`, place.path("file"));
    symlinkSync(place.outside, place.path("way"));
    await expect(fileSource(place.root, "file")).rejects.toThrow("Too many levels of symbolic links");
    await expect(fileSource(place.root, "way/secret")).rejects.toThrow("path contains a symbolic link");
  });

  it("is neither a directory nor a FIFO, and opening a FIFO does not block", async () => {
    execFileSync("mkfifo", [place.path("pipe")]);
    await expect(fileSource(place.root, "pipe")).rejects.toThrow("expected a regular file");
    await expect(fileSource(place.root.replace(/\/root$/, ""), "root")).rejects.toThrow("expected a regular file");
  });
});
