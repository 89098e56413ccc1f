// Holds src/ to the layers, and the rule itself to made-up files that break it.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { layerFaults, layers } from "../support/layers.ts";

function sources(): readonly { path: string; text: string }[] {
  return readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `src/${name.replaceAll("\\", "/")}`)
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

test("no file of src/ imports or touches what its layer may not", { timeout: 60_000 }, () => {
  expect(layerFaults(sources())).toEqual([]);
});

test("the rule names only layers that it knows", () => {
  const known = new Set(Object.keys(layers));
  expect(Object.values(layers).flatMap(({ mayImport }) => mayImport.filter((place) => !known.has(place)))).toEqual([]);
});

describe("the rule finds", () => {
  test.each([
    ["a static import up", "src/base/a.ts", 'import { x } from "../wire/b.ts";', "base/ may import nothing of ours"],
    [
      "an import of types",
      "src/wire/a.ts",
      'import type { X } from "../session/b.ts";',
      "wire/ may import base, node:buffer",
    ],
    ["an inline type import", "src/output/a.ts", 'let x: import("../process/b.ts").X;', "output/ may import base"],
    ["a dynamic import", "src/config/a.ts", 'await import("../worker/b.ts");', "config/ may import base"],
    ["a re-export", "src/transport/a.ts", 'export { x } from "../session/b.ts";', "transport/ may import base"],
    ["a re-export of everything", "src/process/a.ts", 'export * from "../commands/b.ts";', "process/ may import base"],
    [
      "a re-export of types",
      "src/session/a.ts",
      'export type { X } from "../transport/b.ts";',
      "session/ may import base, wire",
    ],
    [
      "a command that sees a protocol",
      "src/commands/a.ts",
      'import "../session/pb/index.ts";',
      "commands/ may import base",
    ],
    ["a worker that sees the master", "src/worker/a.ts", 'import "../master/b.ts";', "worker/ may import base"],
    ["a master that sees the worker", "src/master/a.ts", 'import "../worker/b.ts";', "master/ may import base"],
    [
      "a daemon that sees a protocol",
      "src/daemon/a.ts",
      'import "../wire/b.ts";',
      "daemon/ may import base, process, worker",
    ],
    ["a forbidden node module", "src/wire/a.ts", 'import "node:fs";', "imports node:fs"],
    ["a package from outside", "src/worker/a.ts", 'import "left-pad";', "imports left-pad"],
    ["a program of its own", "src/process/spawn/a.ts", 'import "./launcher-program.ts";', "is a program of its own"],
    ["an import that leaves src", "src/cli/a.ts", 'import "../../test/b.ts";', "leaves src/"],
    ["a file in no layer", "src/misc/a.ts", "", "is in no layer"],
    [
      "an import past an entry file",
      "src/worker/a.ts",
      'import { x } from "../transport/b.ts";',
      "past src/transport/index.ts",
    ],
    ["types past it", "src/worker/a.ts", 'import type { X } from "../output/b.ts";', "past src/output/index.ts"],
    [
      "an import past the entry file of a room",
      "src/process/run/a.ts",
      'import "../tree/b.ts";',
      "past src/process/tree",
    ],
    [
      "an import past the outer room",
      "src/worker/a.ts",
      'import "../config/python/run.ts";',
      "past src/config/index.ts",
    ],
    ["an import past the inner room", "src/config/a.ts", 'import "./python/b.ts";', "past src/config/python/index.ts"],
    ["past a named entry", "src/doctor/a.ts", 'import "./checks/b.ts";', "past src/doctor/checks/run-checks.ts"],
    ["past it, late", "src/worker/a.ts", 'await import("./pb/b.ts");', "past src/worker/pb/index.ts"],
    ["an index that does something", "src/output/index.ts", "export const x = 1;", "does more than re-export"],
    ["an index beside the entry file", "src/process/log-files/index.ts", 'export * from "./a.ts";', "is not the entry"],
    ["an index of an open folder", "src/base/index.ts", 'export * from "./a.ts";', "is not the entry"],
    ["an async function in wire", "src/wire/a.ts", "export async function f() {}", "uses async"],
    ["an async arrow in wire", "src/wire/a.ts", "const f = async () => 1;", "uses async"],
    ["an await in wire", "src/wire/a.ts", "await f();", "uses await"],
    ["an async loop in wire", "src/wire/a.ts", "for await (const x of y) f(x);", "uses await"],
    ["a clock in wire", "src/wire/a.ts", "const now = Date.now();", "uses Date"],
    ["a timer in wire", "src/wire/a.ts", "setTimeout(f, 1);", "uses setTimeout"],
    ["chance in wire", "src/wire/a.ts", "Math.random();", "uses Math.random"],
    ["the command line outside cli", "src/worker/a.ts", "f(process.argv);", "uses process.argv"],
    ["an exit outside cli", "src/base/a.ts", "process.exit(1);", "uses process.exit"],
    ["an exit status outside cli", "src/config/a.ts", "process.exitCode = 1;", "uses process.exitCode"],
    ["an exit imported by name", "src/worker/a.ts", 'import { exit } from "node:process";', "uses process.exit"],
    ["the console outside cli", "src/session/a.ts", "console.log(1);", "uses console"],
    ["a file that asks for the system", "src/cli/a.ts", "f(process.platform);", "uses process.platform"],
    ["one that asks it by name", "src/cli/a.ts", 'f(process["platform"]);', "uses process.platform"],
    [
      "one that asks the system's module",
      "src/cli/a.ts",
      'import os from "node:os"; os.platform();',
      "uses os.platform",
    ],
    ["one that imports the question", "src/base/a.ts", 'import { platform } from "node:os";', "uses platform"],
    ["a signal handler outside cli", "src/worker/a.ts", 'process.once("SIGHUP", f);', 'uses process.on("SIGHUP")'],
  ])("%s", (_what, path, text, fault) => {
    const faults = layerFaults([{ path, text }]);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(path);
    expect(faults[0]).toContain(fault);
  });

  test("a cycle, of types too", () => {
    const files = [
      { path: "src/base/a.ts", text: 'import type { B } from "./b.ts";' },
      { path: "src/base/b.ts", text: 'import { c } from "./encoding/c.ts";' },
      { path: "src/base/encoding/c.ts", text: 'export * from "../a.ts";' },
    ];
    expect(layerFaults(files)).toEqual([
      "import cycle: src/base/a.ts -> src/base/b.ts -> src/base/encoding/c.ts -> src/base/a.ts",
    ]);
  });
});

describe("the rule lets pass", () => {
  test.each([
    [
      "imports down",
      "src/session/a.ts",
      'import "../wire/b.ts"; import type { X } from "../base/c.ts"; import "./d.ts";',
    ],
    ["the command line of a program of its own", "src/process/spawn/launcher-program.ts", "f(process.argv);"],
    ["the one file that asks for the system", "src/base/platform.ts", "f(process.platform);"],
    ["hashes in wire", "src/wire/a.ts", 'import { createHash } from "node:crypto";'],
    ["words in comments and texts", "src/wire/a.ts", '// await Date and console\nconst x = "process.exit async";'],
    ["properties named like globals", "src/wire/a.ts", "const x = { Date: 1, console: 2 }; f(x.Date, x.console);"],
    ["events of the process that are no signals", "src/worker/a.ts", 'process.on("warning", f);'],
    [
      "the process in cli",
      "src/cli/a.ts",
      'process.exitCode = f(process.argv); console.log(1); process.on("SIGHUP", f);',
    ],
    [
      "the entry file",
      "src/worker/a.ts",
      'import { x } from "../transport/index.ts"; await import("../output/index.ts");',
    ],
    ["a room from inside", "src/process/run/a.ts", 'import "./b.ts"; import "../spawn/index.ts";'],
    ["a parent's files", "src/master/web/pages/a.ts", 'import "../b.ts"; import "../../c.ts";'],
  ])("%s", (_what, path, text) => {
    expect(layerFaults([{ path, text }])).toEqual([]);
  });
});
