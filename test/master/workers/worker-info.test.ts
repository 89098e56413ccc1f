import { describe, expect, it } from "vitest";
import { Float } from "../../../src/base/python-values.ts";
import { readWorkerInfo } from "../../../src/master/workers/worker-info.ts";

const read = (values: Readonly<Record<string, unknown>>) => readWorkerInfo(new Map(Object.entries(values)));

describe("the report of a worker", () => {
  it("has facts that are text or numbers, and separate fields", () => {
    const { info, deletesLeftovers, leftOut } = read({
      admin: "me\n",
      host: Buffer.from("bytes of Python 2\n"),
      numcpus: 8,
      load: new Float(0.5),
      odd: ["a list"],
      yes: true,
      system: "posix",
      basedir: "/w",
      version: "4.2.1",
      environ: new Map([["HOME", "/home/u"]]),
      worker_commands: new Map([["shell", "3.3"]]),
      delete_leftover_dirs: 1,
    });
    expect(info).toEqual({
      facts: new Map([
        ["admin", "me\n"],
        ["host", "bytes of Python 2\n"],
        ["numcpus", "8"],
        ["load", "0.5"],
        ["system", "posix"],
      ]),
      version: "4.2.1",
      basedir: "/w",
      commands: new Map([["shell", "3.3"]]),
      environment: new Map([["HOME", "/home/u"]]),
    });
    expect([deletesLeftovers, leftOut]).toEqual([true, undefined]);
  });

  it("may be empty", () => {
    const { info, deletesLeftovers } = read({});
    expect([info.facts.size, info.version, info.basedir, deletesLeftovers]).toEqual([0, undefined, "", false]);
  });

  it.each([
    ["too many facts", Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`f${at}`, "x"])), "a fact"],
    ["the name of a fact that is too long", { ["n".repeat(101)]: "x" }, "a fact"],
    ["a fact that is too long", { admin: "x".repeat(9000) }, "the end of a fact"],
    [
      "too many commands",
      { worker_commands: new Map(Array.from({ length: 201 }, (_, at) => [`c${at}`, "3.3"])) },
      "a command",
    ],
    ["a variable that is too long", { environ: new Map([["A", "x".repeat(40_000)]]) }, "a variable"],
    [
      "too much of an environment",
      { environ: new Map(Array.from({ length: 50 }, (_, at) => [`A${at}`, "x".repeat(30_000)])) },
      "a variable",
    ],
  ])("is cut when it has %s, with a note", (_, values, what) => {
    expect(read(values).leftOut).toContain(`such as ${what}`);
  });
});
