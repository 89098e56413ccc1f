// Where SQLite comes from on the Node.js that runs this.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const module = fileURLToPath(new URL("../../../dist/master/store/database.js", import.meta.url));

function run(script: string): { readonly stdout: string; readonly stderr: string } {
  if (!existsSync(module)) throw new Error("dist/ is missing: run npm run build");
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  return { stdout, stderr };
}

test("opening a database prints no warning, and other warnings still appear", () => {
  const script = `
    const { openDatabase } = await import(${JSON.stringify(module)});
    const database = openDatabase(":memory:");
    console.log(database.prepare("SELECT sqlite_version() AS version").get().version);
    process.emitWarning("shown");`;
  const { stdout, stderr } = run(script);
  expect(stdout).toMatch(/^3\.\d+\.\d+\n$/);
  expect(stderr.match(/Warning/g)).toEqual(["Warning"]);
  expect(stderr).toContain("Warning: shown");
});

test("SQLite is Node's own if available", () => {
  const own = execFileSync(process.execPath, ["-p", `process.getBuiltinModule("node:sqlite") !== undefined`], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const script = `
    const { openDatabase } = await import(${JSON.stringify(module)});
    const own = process.getBuiltinModule("node:sqlite")?.DatabaseSync;
    console.log(own !== undefined && openDatabase(":memory:") instanceof own);`;
  expect(run(script).stdout).toBe(own);
});
