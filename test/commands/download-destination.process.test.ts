import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { chmod, link, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEmptyFile, openDestination } from "../../src/commands/download-destination.ts";

const TEMPORARY = expect.stringMatching(/^\.buildhand-download-\d+-\d+-[0-9a-f]{16}-[0-9a-f]{16}$/);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-destination-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const at = (...names: string[]) => join(directory, ...names);
const contentOf = (name: string) => readFile(at(name), "utf8");
const modeOf = async (name: string) => ((await stat(at(name))).mode & 0o7777).toString(8);

async function download(name: string, mode?: number): Promise<void> {
  const destination = await openDestination(at(name), mode);
  await destination!.write(Buffer.from("new"));
  await destination!.write(Buffer.from("er"));
  await destination!.commit();
}

describe("the destination of a download", () => {
  it("is a file of another name until it is complete", async () => {
    const destination = await openDestination(at("f"), undefined);
    await destination!.write(Buffer.from("new"));
    expect(await readdir(directory)).toEqual([TEMPORARY]);
    await destination!.commit();
    expect(await readdir(directory)).toEqual(["f"]);
    expect(await contentOf("f")).toBe("new");
  });

  it("leaves the old file and nothing else when it is discarded, however often", async () => {
    await writeFile(at("f"), "old");
    const destination = await openDestination(at("f"), 0o600);
    await destination!.write(Buffer.from("new"));
    await destination!.discard();
    await destination!.discard();
    expect(await readdir(directory)).toEqual(["f"]);
    expect(await contentOf("f")).toBe("old");
  });

  it("has the mode of the old file, or the one that is asked for, whatever the umask", async () => {
    await writeFile(at("f"), "old");
    await chmod(at("f"), 0o777);
    await download("f");
    expect(await modeOf("f")).toBe("777");
    await download("f", 0o4750);
    expect(await modeOf("f")).toBe("4750");
    await download("g", 0o666);
    expect(await modeOf("g")).toBe("666");
  });

  it("has the default mode when it is new and none is asked for", async () => {
    await writeFile(at("like this"), "");
    await download("f");
    expect(await modeOf("f")).toBe(await modeOf("like this"));
  });

  it("is where symbolic links lead, also when nothing is there yet", async () => {
    await mkdir(at("d"));
    await symlink("d/second", at("first"));
    await symlink("../f", at("d", "second"));
    await download("first");
    expect(await contentOf("f")).toBe("newer");
    await writeFile(at("f"), "old");
    await download("first");
    expect(await contentOf("f")).toBe("newer");
    expect(await readlink(at("first"))).toBe("d/second");
    expect((await readdir(directory)).sort()).toEqual(["d", "f", "first"]);
  });

  it("is written over where it has another name as well, which then names the new content too", async () => {
    await writeFile(at("f"), "an old one");
    await link(at("f"), at("g"));
    await download("f");
    expect(await contentOf("g")).toBe("newer");
  });

  it("is not touched where it is written over until something comes", async () => {
    await writeFile(at("f"), "old");
    await link(at("f"), at("g"));
    await (await openDestination(at("f"), undefined))!.discard();
    expect(await contentOf("g")).toBe("old");
    await (await openDestination(at("f"), undefined))!.commit();
    expect(await contentOf("g")).toBe("");
  });

  it("is found where the link's name is not UTF-8", async () => {
    execFileSync("/bin/sh", ["-c", "ln -s \"$(printf 'x\\377')\" f"], { cwd: directory });
    await download("f");
    expect(await contentOf("f")).toBe("newer");
    expect(await readdir(directory, { encoding: "latin1" })).toEqual(["f", "x\xff"]);
  });

  it("may be a device", async () => {
    const destination = await openDestination("/dev/null", undefined);
    await destination!.write(Buffer.from("new"));
    await destination!.commit();
    expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
  });

  it("reports a rename that fails, and can be discarded then", async () => {
    const destination = await openDestination(at("f"), undefined);
    await mkdir(at("f"));
    await expect(destination!.commit()).rejects.toThrow("EISDIR");
    await destination!.discard();
    expect(await readdir(directory)).toEqual(["f"]);
  });

  it.each(["directory", "directory/", "new/", "file/below", "missing/f", "fifo", "loop", "n".repeat(256)])(
    "is none at %s",
    async (name) => {
      execFileSync("/bin/sh", ["-c", "mkdir directory; touch file; mkfifo fifo; ln -s loop loop"], { cwd: directory });
      expect(await openDestination(`${directory}/${name}`, 0o600)).toBeUndefined();
      expect((await readdir(directory)).sort()).toEqual(["directory", "fifo", "file", "loop"]);
    },
  );

  it("is refused for a path that no system call takes", async () => {
    await expect(openDestination(at("a\0b"), undefined)).rejects.toThrow("null bytes");
  });
});

describe("the empty file that a master's silence leaves", () => {
  it("has its mode regardless of the umask, and is created at the target of a link", async () => {
    await symlink("g", at("f"));
    await createEmptyFile(at("f"), 0o666);
    expect({ content: await contentOf("g"), mode: await modeOf("g") }).toEqual({ content: "", mode: "666" });
  });

  it("never takes the place of anything", async () => {
    await writeFile(at("f"), "old", { mode: 0o600 });
    await mkdir(at("d"));
    for (const name of ["f", "d", "missing/f"]) await createEmptyFile(at(name), 0o666);
    expect({ content: await contentOf("f"), mode: await modeOf("f") }).toEqual({ content: "old", mode: "600" });
    expect((await readdir(directory)).sort()).toEqual(["d", "f"]);
  });
});
