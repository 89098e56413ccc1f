// The master.yaml that `create` writes, as it is and with everything in it that is commented out.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readMasterConfig } from "../../../src/master/config/master-file.ts";
import { sampleMasterFile } from "../../../src/master/config/sample.ts";
import type { MasterConfig } from "../../../src/master/master-config.ts";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "buildhand-sample-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const sample = sampleMasterFile({ schemaPath: "/s.json", workerPassword: "wp", adminPassword: "ap" });

function read(text: string): MasterConfig {
  const path = join(home, "master.yaml");
  writeFileSync(path, text, { mode: 0o600 });
  return readMasterConfig(path, (sentence) => expect.fail(sentence));
}

test("is valid, and has the expected settings", () => {
  expect(sample).toMatch(/^# yaml-language-server: \$schema=\/s\.json\n/);
  const config = read(sample);
  expect(config.web).toMatchObject({ host: "127.0.0.1", port: 8010, adminPassword: "ap", read: "public" });
  expect(config.workers).toEqual([{ name: "example-worker", password: "wp", maxBuilds: undefined }]);
  expect(config.builders[0]?.steps.map(({ name }) => name)).toEqual([
    'echo "hello from $(hostname)" >greeting.txt',
    "test",
    "upload greeting.txt",
    "clean",
  ]);
});

test("stays valid when everything is uncommented", () => {
  for (const name of ["server.pem", "server.key"]) writeFileSync(join(home, name), "");
  const all = sample
    .split("\n")
    .filter((line) => !line.includes("passwordFile"))
    .map((line) => line.replace(/^#(?= {2})/, ""))
    .join("\n");
  const config = read(all);
  expect(config.listeners.map(({ protocol }) => protocol)).toEqual(["pb", "msgpack"]);
  expect(config.builders[0]?.steps).toHaveLength(9);
  expect(config.schedulers).toHaveLength(2);
});
