import { describe, expect, it } from "vitest";
import { expandHome, joinPath, resolveTransferPath } from "../../src/commands/paths.ts";
import { readVectors } from "../support/vectors.ts";

interface PathVector {
  readonly builder_dir?: string;
  readonly workdir?: string;
  readonly name?: string;
  readonly worker_HOME?: string;
  readonly master_side_expanduser?: string;
  readonly worker_environ?: Readonly<Record<string, string>>;
  readonly posix?: string;
}

const vectors = readVectors<{ paths: PathVector[] }>("units.json").paths.filter(({ posix }) => posix !== undefined);
const transfers = vectors.filter(({ builder_dir }) => builder_dir !== undefined);
const homes = vectors.filter(({ master_side_expanduser }) => master_side_expanduser !== undefined);

describe("the path of a transfer", () => {
  it.each(transfers)("of $name in $workdir is $posix", ({ builder_dir, workdir, name, worker_HOME, posix }) => {
    const path = { builderDirectory: builder_dir ?? "", workdir: workdir ?? "", name: name ?? "", home: worker_HOME };
    expect(resolveTransferPath(path)).toBe(posix);
  });

  it("is one of the vectors' in all but a few cases", () => {
    expect([transfers.length, homes.length]).toEqual([11, 5]);
  });
});

describe("a home directory", () => {
  it.each(homes)("in $master_side_expanduser gives $posix", ({ master_side_expanduser, worker_environ, posix }) => {
    expect(expandHome(master_side_expanduser ?? "", worker_environ?.["HOME"])).toBe(posix);
  });

  it("of the user is known without HOME", () => {
    expect(expandHome("~/f", undefined)).toMatch(/^\/.*\/f$/);
  });

  it("of another user is found by name", () => {
    expect(expandHome("~daemon", "/h")).toMatch(/^\//);
  });

  it("that is empty is the root", () => {
    expect(expandHome("~", "")).toBe("/");
  });
});

describe("joined paths", () => {
  it("have one slash between parts, and keep those that were written", () => {
    expect(joinPath("/a/", "b")).toBe("/a/b");
    expect(joinPath("/a", "b//c/../d/")).toBe("/a/b//c/../d/");
  });

  it("begin at the last absolute part", () => {
    expect(joinPath("/a", "/b", "c")).toBe("/b/c");
  });
});
