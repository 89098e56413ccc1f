// Files share processes, and with them the modules that they import: a hook that such a module sets when it is loaded
// runs for the first of the files only.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const HOOK = /^(?:before|after)(?:Each|All)\(/m;

test("only files with tests set hooks when they are loaded", () => {
  const modules = readdirSync("test", { recursive: true, encoding: "utf8" }).filter((name) =>
    /(?<!\.test)\.ts$/.test(name),
  );
  expect(modules.length).toBeGreaterThan(50);
  expect(modules.filter((name) => HOOK.test(readFileSync(join("test", name), "utf8")))).toEqual([]);
});
