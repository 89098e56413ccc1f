import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { holdPtyBinding } from "../../../src/process/pty/pty-binding.ts";

const platform = `${process.platform}-${process.arch}`;
let directory: string;
let script: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-binding-"));
  script = join(directory, "script.js");
});

afterAll(() => rmSync(directory, { recursive: true }));

function install(name: string, file: string, content: string): void {
  const folder = join(directory, "node_modules", "@lydell", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: `@lydell/${name}`, version: "1.1.0" }));
  writeFileSync(join(folder, file), content);
}

describe("the binding", () => {
  test("is loaded from the package that we depend on", () => {
    const loaded = holdPtyBinding().load();
    expect(loaded.type === "loaded" && typeof loaded.binding.fork).toBe("function");
  });

  test("that is not installed, or not for this system, is an error that says so", () => {
    const missing = {
      type: "unavailable",
      reason: `the optional package @lydell/node-pty is not installed for ${platform}`,
    };
    expect(holdPtyBinding(script).load()).toEqual(missing);
    install("node-pty", "index.js", "");
    expect(holdPtyBinding(script).load()).toEqual(missing);
  });

  test("that cannot be loaded is reported with its reason, on one line, also after another was loaded and closed", () => {
    const other = holdPtyBinding();
    expect(other.load().type).toBe("loaded");
    other.close();
    install("node-pty", "index.js", "");
    install(`node-pty-${platform}`, "pty.node", "no library\n");
    const loaded = holdPtyBinding(script).load();
    expect(loaded.type === "unavailable" && loaded.reason).toMatch(
      /^the package @lydell\/node-pty cannot be loaded: .+$/,
    );
  });
});
