// doctor --bundle: a tar file that a person can read and send.
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unpackTar } from "modern-tar";
import { afterAll, beforeAll, expect, it } from "vitest";
import { commandLine } from "../cli/command-line.ts";
import { type Installation, install, makeBasedir } from "../daemon/worker-program.ts";
import { rareTest } from "../support/sized.ts";

/** A port that nobody answers on: listening there needs privileges, and nothing does. */
const DEAD_PORT = 1;

let installation: Installation;
beforeAll(() => {
  installation = install();
});
afterAll(() => installation.remove());

async function bundleOf(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const path = installation.newPath();
  const { code, printed, errors } = await commandLine(["doctor", `--bundle=${path}`, ...words], { environment });
  expect(errors).toBe(`wrote ${path}: read it before you send it\n`);
  const entries = await unpackTar(readFileSync(path));
  const texts = entries.map(({ header, data }) => [header.name, Buffer.from(data ?? []).toString()] as const);
  return { path, code, printed, texts: Object.fromEntries(texts) };
}

it("has the result, the settings, the status and the end of the log, and no secret", async () => {
  const basedir = makeBasedir(installation.newPath(), {
    port: DEAD_PORT,
    variables: { log_format: "'json'", passwd: "'of-this-worker'" },
  });
  const environment = { API_TOKEN: "value-of-a-variable" };
  const ofPython = `2026-01-02 03:04:05+0000 [-]  environment:\n\t  'API_TOKEN': 'an-older-value', password=other of-this-worker\n`;
  writeFileSync(join(basedir, "twistd.log"), `2026-01-02 03:04:05+0000 [-] the first line\n${ofPython}`);
  const { path, code, printed, texts } = await bundleOf([basedir], environment);
  expect(code).toBe(2);
  expect((statSync(path).mode & 0o777).toString(8)).toBe("600");
  expect(Object.keys(texts)).toEqual(
    ["doctor.txt", "doctor.json", "settings.txt", "status.json", "twistd.log"].map(
      (name) => `buildhand-bundle/${name}`,
    ),
  );
  expect(texts["buildhand-bundle/doctor.txt"]).toBe(printed);
  expect(JSON.parse(texts["buildhand-bundle/doctor.json"]!)).toMatchObject({ basedir });
  expect(texts["buildhand-bundle/settings.txt"]).toMatch(/line \d+ +passwd = \(hidden\)[\s\S]* log_format = 'json'/);
  expect(JSON.parse(texts["buildhand-bundle/status.json"]!)).toEqual({ state: "nobody" });
  expect(texts["buildhand-bundle/twistd.log"]).toMatch(
    /^2026\S+ \S+ \[-\] the first line\n.*environment:\n\t +'API_TOKEN': '\*\*\*', password=\*\*\* \*\*\*\n$/,
  );
  const all = readFileSync(path, "latin1");
  for (const secret of ["of-this-worker", "value-of-a-variable", "an-older-value"]) expect(all).not.toContain(secret);
  expect(execFileSync("tar", ["-tf", path], { encoding: "utf8" })).toContain("buildhand-bundle/twistd.log\n");
});

rareTest("has only whole lines of a long log", 180_000, async () => {
  const basedir = makeBasedir(installation.newPath(), { port: DEAD_PORT });
  appendFileSync(join(basedir, "twistd.log"), "a line of the log, which has more than a mebibyte\n".repeat(30_000));
  const { texts } = await bundleOf([basedir]);
  const log = texts["buildhand-bundle/twistd.log"]!;
  expect(log.startsWith("a line of the log")).toBe(true);
  expect(log.length).toBeGreaterThan(1_000_000);
  expect(log.length).toBeLessThan(1_100_000);
});

it("has no log, and the reason, where the settings cannot be read", async () => {
  const basedir = makeBasedir(installation.newPath(), { port: DEAD_PORT, variables: { keepalive: "[" } });
  writeFileSync(join(basedir, "twistd.log"), "an unknown secret\n");
  const { texts } = await bundleOf([basedir]);
  expect(texts["buildhand-bundle/settings.txt"]).toMatch(/buildbot\.tac, line \d+: /);
  expect(texts["buildhand-bundle/twistd.log"]).toBe("\n");
});

rareTest("is in the directory where doctor is called", 180_000, async () => {
  const basedir = makeBasedir(installation.newPath(), { port: DEAD_PORT });
  const cwd = dirname(basedir);
  await commandLine(["doctor", "--bundle=b.tar", basedir], { cwd });
  expect(existsSync(join(cwd, "b.tar"))).toBe(true);
});

rareTest("is made for a worker that is not created yet", 180_000, async () => {
  const { texts } = await bundleOf(["-q", installation.newPath(), `127.0.0.1:${DEAD_PORT}`, "w1", "a-password"]);
  expect(texts["buildhand-bundle/settings.txt"]).toContain("name = 'w1'");
  expect(JSON.stringify(texts)).not.toContain("a-password");
});

it("replaces no file and follows no link", async () => {
  const basedir = makeBasedir(installation.newPath(), { port: DEAD_PORT });
  const [path, target] = [installation.newPath(), installation.newPath()];
  symlinkSync(target, path);
  const { code, printed } = await commandLine(["doctor", `--bundle=${path}`, basedir]);
  expect(code).toBe(1);
  expect(printed).toContain(`cannot write the bundle ${path}: File exists\n`);
  expect(existsSync(target)).toBe(false);
});
