// Runs docs/guide/team-ci.md as a person would: every block, in order, in another directory and on free ports. Needs dist/.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { readMasterConfig } from "../../src/master/index.ts";
import { killWorker } from "../daemon/background-workers.ts";
import { listen, plainServer } from "../support/listening.ts";
import { poll } from "../support/poll.ts";
import { rareTest } from "../support/sized.ts";
import { TEAM_CI } from "./page-commands.ts";

const BLOCKS = [...readFileSync(TEAM_CI, "utf8").matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(
  ([, language = "", text = ""]) => ({ language, text }),
);

let home = "";
let ports: readonly number[] = [];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "buildhand-team-ci-"));
  const listening = await Promise.all([1, 2].map(() => listen(plainServer((socket) => socket.destroy()))));
  ports = listening.map(({ port }) => port);
  await Promise.all(listening.map((one) => one.end()));
  mkdirSync(join(home, "bin"));
  const program = `#!/bin/sh\nexec '${process.execPath}' '${resolve("bin/buildhand.js")}' "$@"\n`;
  writeFileSync(join(home, "bin", "buildhand"), program);
  chmodSync(join(home, "bin", "buildhand"), 0o755);
});

afterEach(async () => {
  if (existsSync(join(home, "worker"))) await killWorker(join(home, "worker"));
  if (existsSync(join(home, "master"))) await shell("buildhand master stop master");
  rmSync(home, { recursive: true, force: true });
});

/** A block in our directory, on our ports. */
function ours(text: string): string {
  return text.replaceAll("/srv/ci", home).replaceAll("8010", String(ports[0])).replaceAll("9989", String(ports[1]));
}

function block(language: string, number: number): string {
  const found = BLOCKS.filter((one) => one.language === language)[number - 1];
  if (found === undefined) throw new Error(`the guide has no ${language} block ${number}`);
  return ours(found.text);
}

async function shell(commands: string): Promise<{ readonly code: unknown; readonly printed: string }> {
  const who = { NAME: "Ada", EMAIL: "ada@example.org" };
  const names = Object.entries(who).flatMap(([key, value]) => [
    [`GIT_AUTHOR_${key}`, value],
    [`GIT_COMMITTER_${key}`, value],
  ]);
  const env = { ...process.env, ...Object.fromEntries(names), HOME: home, PATH: `${home}/bin:${process.env["PATH"]}` };
  const child = spawn("sh", ["-ec", commands], { cwd: home, env, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  child.stdout.on("data", (chunk) => (printed += chunk));
  child.stderr.on("data", (chunk) => (printed += chunk));
  const [code] = await once(child, "close");
  return { code, printed };
}

async function runs(commands: string): Promise<void> {
  expect(await shell(commands)).toMatchObject({ code: 0 });
}

const masterFile = () => join(home, "master", "master.yaml");

function log(): string {
  return readFileSync(join(home, "master", "master.log"), "utf8");
}

/** The page of a build that has succeeded. */
async function succeeded(number: number): Promise<string> {
  const end = new RegExp(`build ${number} of 'project' on worker 'worker-1': (.*)`);
  expect((await poll(`build ${number} to end`, () => end.exec(log()) ?? undefined))[1]).toBe("SUCCESS, succeeded");
  return await (await fetch(`http://127.0.0.1:${ports[0]}/builders/project/builds/${number}`)).text();
}

/** Replaces the keys that a later block of the guide has. */
function withKeys(fragment: string): string {
  const before = parse(readFileSync(masterFile(), "utf8")) as Record<string, unknown>;
  return stringify({ ...before, ...(parse(fragment) as Record<string, unknown>) });
}

rareTest("a git push starts a build, found by the poller and then by the hook", 120_000, async () => {
  await runs(block("sh", 1));
  writeFileSync(masterFile(), block("yaml", 1));
  await runs(block("sh", 2));
  await poll("the first poll", () => log().includes("project.git was polled"));
  await runs(block("sh", 3));
  expect(await succeeded(1)).toContain("branch scheduler");
  const report = readFileSync(join(home, "master", "artifacts", "1", "report.txt"), "utf8");
  expect(report).toMatch(/^building [0-9a-f]{40} of main\n$/);

  writeFileSync(masterFile(), withKeys(block("yaml", 2)));
  await runs(block("sh", 4));
  await runs(block("sh", 5));
  await succeeded(2);
  expect(log()).toContain("change source 'project': branch 'main'");
  expect(log()).not.toContain("build 3 of");
});

test("the fragment for forges is valid, and no block is left out", () => {
  expect(BLOCKS.map(({ language }) => language).join(" ")).toBe("sh yaml sh sh yaml sh sh yaml");
  mkdirSync(join(home, "master"));
  for (const name of ["worker-password", "admin-password", "hook-secret"]) {
    writeFileSync(join(home, "master", name), "value-of-secret\n", { mode: 0o600 });
  }
  writeFileSync(masterFile(), block("yaml", 1));
  writeFileSync(masterFile(), withKeys(block("yaml", 3)));
  const environment = process.env;
  process.env = { ...environment, FORGE_HOOK: "secret-of-hook", CREDENTIALS_DIRECTORY: home };
  writeFileSync(join(home, "forge-token"), "token-of-forge", { mode: 0o600 });
  try {
    const { changeSources, reporters } = readMasterConfig(masterFile());
    expect(changeSources).toMatchObject([{ type: "github", name: "engine", secret: "secret-of-hook" }]);
    expect(reporters).toMatchObject([{ type: "github", url: "https://api.github.com", token: "token-of-forge" }]);
  } finally {
    process.env = environment;
  }
});
