// A worker must not pay for the master, or on Linux for Windows: what its commands load when they start is followed through the
// built program.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const MASTER_PACKAGES = ["valibot", "yaml", "hono", "@hono/node-server", "modern-tar"];
/** Those that load at once; what was `import()` waits until it is called. */
const LOADED_AT_ONCE = /(?<!=>)\brequire\("([^"]+)"\)/g;

function loadedWith(entry: string): readonly string[] {
  const loaded = new Set<string>();
  const waiting = [`./${entry}`];
  for (let specifier = waiting.pop(); specifier !== undefined; specifier = waiting.pop()) {
    if (loaded.has(specifier)) continue;
    loaded.add(specifier);
    if (!specifier.startsWith("./")) continue;
    waiting.push(...[...textOf(specifier).matchAll(LOADED_AT_ONCE)].map(([, from = ""]) => from));
  }
  return [...loaded];
}

function textOf(specifier: string): string {
  return readFileSync(fileURLToPath(new URL(`../../dist/program/${specifier}`, import.meta.url)), "utf8");
}

test.each(["main.js", "start.js"])("%s loads nothing of the master", (entry) => {
  const loaded = loadedWith(entry);
  expect(loaded).toContain("node:fs");
  expect(
    loaded.filter((specifier) => MASTER_PACKAGES.includes(specifier.replace(/^((?:@[^/]+\/)?[^/]+).*/, "$1"))),
  ).toEqual([]);
  expect(loaded).not.toContain("./running-master.js");
});

test.each(["check.js", "create.js", "stop.js"])("master: %s loads nothing of a running one", (entry) => {
  expect(loadedWith(entry).filter((specifier) => /hono|running-master/.test(specifier))).toEqual([]);
});

test("start.js loads nothing for systems without /proc", () => {
  const loaded = loadedWith("start.js");
  for (const name of ["ps-tree.js", "without-proc.js"]) {
    expect(existsSync(new URL(`../../dist/program/${name}`, import.meta.url))).toBe(true);
    expect(loaded).not.toContain(`./${name}`);
  }
});

test.each(["main.js", "start.js"])("%s loads nothing of Windows", (entry) => {
  const loaded = loadedWith(entry).filter((specifier) => specifier.startsWith("./"));
  expect(loaded).not.toContain("./windows.js");
  for (const specifier of loaded) expect(textOf(specifier)).not.toMatch(/kernel32|taskkill|COMSPEC|@echo/);
  expect(textOf("./windows.js")).toMatch(/COMSPEC/);
});

test("the search finds what is loaded at once", () => {
  expect(loadedWith("running-master.js")).toEqual(expect.arrayContaining(["hono", "valibot"]));
});
