import { describe, expect, test } from "vitest";
import { KNOWN_FOR_MS, LocalPaths } from "../../../src/process/spawn/local-paths.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const EXT4 = 0xef53;
const NFS = 0x6969;

/** File systems by the paths that lie on them; the rest is not there. */
function asking(types: Readonly<Record<string, number>>) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const localPaths = new LocalPaths({
    nowMs: () => clock.nowMs(),
    fileSystemType: async (path) => {
      asked.push(path);
      const type = types[path];
      if (type === undefined) throw Object.assign(new Error("no such path"), { code: "ENOENT" });
      return type;
    },
  });
  return { clock, asked, localPaths };
}

describe("a path", () => {
  test("is known to be local for a while after it was asked about", async () => {
    const { clock, localPaths } = asking({ "/a": EXT4 });
    expect(localPaths.has("/a")).toBe(false);
    await localPaths.check("/a");
    clock.advance(KNOWN_FOR_MS - 1);
    expect(localPaths.has("/a")).toBe(true);
    clock.advance(1);
    expect(localPaths.has("/a")).toBe(false);
  });

  test("of a network file system is asked about each time", async () => {
    const { localPaths } = asking({ "/net": NFS });
    await localPaths.check("/net");
    expect(localPaths.has("/net")).toBe(false);
  });

  test("that is not there is like the nearest directory that is", async () => {
    const { localPaths } = asking({ "/a": EXT4, "/net": NFS });
    await localPaths.check("/a/b/c");
    await localPaths.check("/net/b");
    expect(localPaths.has("/a/b/c")).toBe(true);
    expect(localPaths.has("/net/b")).toBe(false);
  });

  test("that does not answer is asked about once, however many wait for it", async () => {
    let answer = () => {};
    let questions = 0;
    const localPaths = new LocalPaths({
      nowMs: () => 0,
      fileSystemType() {
        questions += 1;
        return new Promise((resolve) => {
          answer = () => resolve(EXT4);
        });
      },
    });
    const waiting = [localPaths.check("/a"), localPaths.check("/a")];
    expect(questions).toBe(1);
    answer();
    await Promise.all(waiting);
    expect(localPaths.has("/a")).toBe(true);
    void localPaths.check("/a");
    expect(questions).toBe(2);
  });

  test("is forgotten when there are too many", async () => {
    const localPaths = new LocalPaths({ nowMs: () => 0, fileSystemType: async () => EXT4 });
    for (let number = 0; number <= 1000; number += 1) await localPaths.check(`/${number}`);
    expect(localPaths.has("/0")).toBe(false);
    expect(localPaths.has("/1000")).toBe(true);
  });
});
