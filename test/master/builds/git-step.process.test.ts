// The git step's commands, run by the real git on repositories of the test.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { gitScript, type ScriptAnswer } from "../../../src/master/builds/git-step.ts";
import type { StepCommand } from "../../../src/master/builds/step-command.ts";
import type { StepEnd } from "../../../src/master/builds/step-end.ts";
import type { GitStep } from "../../../src/master/master-config.ts";
import { allCommands } from "../fake-link.ts";
import { builder } from "../test-master.ts";

const home = mkdtempSync(join(tmpdir(), "buildhand-git-step-"));
const env = {
  PATH: process.env["PATH"],
  HOME: home,
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.org",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.org",
};
const [origin, worker, template] = ["origin", "worker", "template"].map((name) => join(home, name)) as [
  string,
  string,
  string,
];

afterAll(() => rmSync(home, { recursive: true, force: true }));

beforeAll(() => {
  mkdirSync(origin);
  git("init", "-q", "-b", "main");
  git("config", "maintenance.auto", "false");
  commit("one");
  renameSync(origin, template);
});

beforeEach(() => {
  for (const directory of [origin, worker]) rmSync(directory, { recursive: true, force: true });
  cpSync(template, origin, { recursive: true, preserveTimestamps: true });
  mkdirSync(worker);
});

function git(...args: readonly string[]): string {
  return execFileSync("git", ["-C", origin, ...args], { env, encoding: "utf8" }).trim();
}

/** The new revision. */
function commit(text: string, file = "file"): string {
  writeFileSync(join(origin, file), text);
  git("add", ".");
  git("commit", "-q", "-m", text);
  return git("rev-parse", "HEAD");
}

interface Run extends StepEnd {
  readonly commands: readonly string[];
  readonly waits: readonly number[];
}

/** Runs the step as a worker would, in the directory of a builder. */
function run(more: Partial<GitStep> = {}, properties: Readonly<Record<string, string>> = {}): Run {
  const step: GitStep = {
    type: "git",
    name: "git",
    haltOnFailure: true,
    flunkOnFailure: true,
    warnOnFailure: false,
    alwaysRun: false,
    repository: origin,
    branch: undefined,
    workdir: "build",
    mode: "incremental",
    method: "fresh",
    submodules: false,
    depth: undefined,
    retry: { delaySeconds: 10, repeats: 0 },
    clobberOnFailure: true,
    timeout: 1200,
    token: undefined,
    ...more,
  };
  const facts = { properties: new Map(Object.entries(properties)), secrets: new Map([["token", "sekret-token"]]) };
  const files = { fileSink: unused, archiveSink: unused, fileSource: unused };
  const info = { facts: new Map(), version: "4", basedir: worker, commands: allCommands, environment: new Map() };
  const context = { builder: builder("b1", []), worker: info, files, artifacts: files, facts, triggers: undefined };
  const script = gitScript(step, context, facts);
  const [commands, waits]: [string[], number[]] = [[], []];
  for (let answer: ScriptAnswer = { isOk: true, output: "" }; ; ) {
    const { value, done } = script.next(answer);
    if (done === true) return { ...value, commands, waits };
    if (value.type === "wait") waits.push(value.delayMs);
    else answer = perform(value.planned as StepCommand, commands);
  }
}

function unused(): never {
  throw new Error("no file is transferred");
}

function perform({ name, args }: StepCommand, commands: string[]): ScriptAnswer {
  const at = (key: string) => join(worker, String(args.get(key)));
  if (name === "shell") {
    const [program = "", ...words] = args.get("command") as string[];
    commands.push(words.join(" "));
    const cwd = at("workdir");
    mkdirSync(cwd, { recursive: true });
    const added = Object.fromEntries(args.get("env") as ReadonlyMap<string, string>);
    const { status, stdout } = spawnSync(program, words, { cwd, env: { ...env, ...added }, encoding: "utf8" });
    return { isOk: status === 0, output: stdout };
  }
  commands.push(name);
  if (name === "rmdir") rmSync(at("dir"), { recursive: true, force: true });
  if (name === "cpdir") cpSync(at("fromdir"), at("todir"), { recursive: true });
  return { isOk: true, output: "" };
}

function content(file = "file", directory = "build"): string {
  return readFileSync(join(worker, directory, file), "utf8");
}

test("checks out the remote HEAD, and reports its revision", () => {
  const end = run();
  expect(end).toMatchObject({ result: "SUCCESS", text: `checked out ${git("rev-parse", "HEAD").slice(0, 12)}` });
  expect(end.properties).toEqual(new Map([["got_revision", git("rev-parse", "HEAD")]]));
  expect(content()).toBe("one");
});

test("checks out the branch and the revision of the build, and later ones into the same clone", () => {
  const first = git("rev-parse", "HEAD");
  git("checkout", "-q", "-b", "feature/x");
  const second = commit("two");
  expect(run({}, { branch: "feature/x" }).properties?.get("got_revision")).toBe(second);
  expect(run({}, { branch: "feature/x", revision: first }).properties?.get("got_revision")).toBe(first);
  expect(content()).toBe("one");
  git("branch", "-m", "feature/x", "feature");
  expect(run({}, { branch: "feature" }).result).toBe("SUCCESS");
  expect(content()).toBe("two");
});

test("the branch and revision of a build of another repository are not used", () => {
  const end = run({}, { repository: "/elsewhere", branch: "nothing", revision: "f".repeat(40) });
  expect(end).toMatchObject({ result: "SUCCESS" });
  expect(end.properties).toBeUndefined();
});

test("mode incremental keeps untracked files; the methods of mode full remove them, but clean keeps ignored ones", () => {
  commit("*.o\n", ".gitignore");
  run();
  const litter = () => {
    for (const name of ["left", "made.o"]) writeFileSync(join(worker, "build", name), "");
  };
  const left = () => ["left", "made.o"].filter((name) => existsSync(join(worker, "build", name)));
  litter();
  run();
  expect(left()).toEqual(["left", "made.o"]);
  run({ mode: "full", method: "clean" });
  expect(left()).toEqual(["made.o"]);
  run({ mode: "full", method: "fresh" });
  expect(left()).toEqual([]);
  litter();
  expect(run({ mode: "full", method: "clobber" }).commands[0]).toBe("rmdir");
  expect(left()).toEqual([]);
  litter();
  run({ mode: "full", method: "copy" });
  expect(left()).toEqual([]);
  expect([content(), content("file", "source")]).toEqual(["one", "one"]);
});

test("a shallow clone has the given number of commits, and older revisions can be built", () => {
  git("config", "uploadpack.allowAnySHA1InWant", "true");
  const first = git("rev-parse", "HEAD");
  for (const text of ["two", "three"]) commit(text);
  run({ repository: `file://${origin}`, depth: 2 });
  const count = execFileSync("git", ["-C", join(worker, "build"), "rev-list", "--count", "HEAD"], { encoding: "utf8" });
  expect(count.trim()).toBe("2");
  const end = run({ repository: `file://${origin}`, depth: 1 }, { branch: "main", revision: first });
  expect(end).toMatchObject({ result: "SUCCESS" });
  expect(content()).toBe("one");
});

test("submodules are checked out", () => {
  const library = join(home, "library");
  cpSync(origin, library, { recursive: true });
  git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "lib");
  commit("with library");
  writeFileSync(join(home, ".gitconfig"), '[protocol "file"]\n\tallow = always\n');
  expect(run({ submodules: true, mode: "full", method: "fresh" })).toMatchObject({ result: "SUCCESS" });
  expect(content("lib/file")).toBe("one");
  rmSync(join(home, ".gitconfig"));
});

test("a failed fetch is repeated after a delay, and a missing branch is a FAILURE that says so", () => {
  const end = run({ retry: { delaySeconds: 3, repeats: 2 } }, { branch: "absent" });
  expect(end).toMatchObject({ result: "FAILURE", text: `could not fetch refs/heads/absent of ${origin}` });
  expect(end.waits).toEqual([3000, 3000]);
  expect(end.commands.filter((command) => command.startsWith("fetch"))).toHaveLength(3);
  expect(end.commands).not.toContain("rmdir");
});

test("a damaged clone is replaced", () => {
  run();
  writeFileSync(join(worker, "build", ".git", "index.lock"), "");
  commit("two");
  const end = run();
  expect(end).toMatchObject({ result: "SUCCESS" });
  expect(end.commands).toContain("rmdir");
  expect(content()).toBe("two");
  writeFileSync(join(worker, "build", ".git", "index.lock"), "");
  expect(run({ clobberOnFailure: false })).toMatchObject({ result: "FAILURE", text: "could not check out HEAD" });
});

test.each([
  ["a branch that is an option", { branch: "--upload-pack=x" }],
  ["a branch for a shell", { branch: "$(touch x)" }],
  ["a revision that is an option", { revision: "-f" }],
])("%s is refused", (_what, properties) => {
  expect(run({}, properties)).toMatchObject({ result: "EXCEPTION", commands: [] });
});

test("a token is in the environment, and not among the arguments", () => {
  const end = run({ token: "token" });
  expect(end.result).toBe("SUCCESS");
  expect(end.commands.join()).not.toContain("sekret");
});
