// A worker must not pay for the master: what its commands load when they start is followed through the sources.
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, test } from "vitest";

/** Those that load at once; `import()` waits until it is called, and types are no code. */
const STATIC_IMPORT = /^(?:import|export)\s+(?!type\b)[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"/gm;

function loadedWith(entry: string): ReadonlySet<string> {
  const loaded = new Set<string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (loaded.has(path)) continue;
    loaded.add(path);
    if (!path.startsWith("src/")) continue;
    for (const [, from, alone] of readFileSync(path, "utf8").matchAll(STATIC_IMPORT)) {
      const specifier = from ?? alone ?? "";
      waiting.push(specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : specifier);
    }
  }
  return loaded;
}

test.each(["src/cli/main.ts", "src/daemon/foreground.ts", "src/index.ts"])(
  "%s loads nothing of the master",
  (entry) => {
    const loaded = [...loadedWith(entry)];
    expect(loaded.length).toBeGreaterThan(20);
    const packages = ["valibot", "yaml", "hono", "@hono/node-server", "modern-tar", "@photostructure/sqlite"];
    expect(loaded.filter((path) => path.startsWith("src/master/") || packages.includes(path))).toEqual([]);
  },
);

test("the search finds what is loaded at once", () => {
  expect([...loadedWith("src/cli/demo/demo.ts")]).toContain("src/master/master.ts");
});
