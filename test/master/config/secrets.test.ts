// Secrets of a master.yaml, by file, environment and systemd credential.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { errorText } from "../../../src/base/errors.ts";
import { readMasterConfig } from "../../../src/master/config/index.ts";
import type { MasterConfig } from "../../../src/master/master-config.ts";

const home = mkdtempSync(join(tmpdir(), "buildhand-secrets-"));
const path = join(home, "master.yaml");

afterAll(() => rmSync(home, { recursive: true, force: true }));

afterEach(() => {
  delete process.env["SECRET_OF_TEST"];
  delete process.env["CREDENTIALS_DIRECTORY"];
});

const REST = `
workers: [{name: w, password: p}]
builders: [{name: b, workers: [w], steps: [{shell: make}]}]
`;

function read(text: string, warn: (sentence: string) => void = () => {}): MasterConfig {
  writeFileSync(path, text + REST, { mode: 0o600 });
  return readMasterConfig(path, warn);
}

function faultOf(text: string): string {
  try {
    read(text);
  } catch (error) {
    return errorText(error).replaceAll(`${path}:`, "");
  }
  return "none";
}

test("are read from a file, the environment and a systemd credential", () => {
  writeFileSync(join(home, "one"), "first-value\n", { mode: 0o600 });
  writeFileSync(join(home, "three"), "line 1\nline 2\n", { mode: 0o600 });
  process.env["SECRET_OF_TEST"] = "second-value";
  process.env["CREDENTIALS_DIRECTORY"] = home;
  const { secrets, web } = read(
    "secrets: {one: {file: one}, two: {environment: SECRET_OF_TEST}, three: {credential: three}}\nweb: {apiToken: one}",
  );
  expect([...(secrets ?? [])]).toEqual([
    ["one", "first-value"],
    ["two", "second-value"],
    ["three", "line 1\nline 2"],
  ]);
  expect(web?.apiToken).toBe("first-value");
});

test("a file that others can read is warned about", () => {
  writeFileSync(join(home, "open"), "value-of-open");
  chmodSync(join(home, "open"), 0o644);
  const warnings: string[] = [];
  read("secrets: {open: {file: open}}", (sentence) => warnings.push(sentence));
  expect(warnings.join()).toContain("other users can read");
});

test.each([
  [
    "a missing file",
    "secrets: {a: {file: absent}}",
    `1:14: ${join(home, "absent")} cannot be read: No such file or directory`,
  ],
  ["an unset variable", "secrets: {a: {environment: NOT_SET}}", "1:14: the environment variable NOT_SET is not set"],
  ["no systemd", "secrets: {a: {credential: a}}", "the master was not started by systemd with LoadCredential="],
  ["two sources", "secrets: {a: {file: a, environment: B}}", "expected exactly one of file, environment, credential"],
  ["none", "secrets: {a: {}}", "expected exactly one of file, environment, credential"],
  ["an unknown name", "web: {apiToken: nobody}", "1:17: there is no secret 'nobody'"],
  ["a bad name", "secrets: {a b: {file: a}}", "expected a name of letters, digits, '.', '_' and '-'"],
])("%s is a fault with its place", (_what, text, fault) => {
  expect(faultOf(text)).toContain(fault);
});

test("a value that is too short to be hidden is refused", () => {
  process.env["SECRET_OF_TEST"] = "abc";
  expect(faultOf("secrets: {a: {environment: SECRET_OF_TEST}}")).toContain(
    "expected a secret of at least 6 characters",
  );
});
