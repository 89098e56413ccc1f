// Recipes, run with real children.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { poll } from "../../support/poll.ts";
import { rareTest, rowsOf } from "../../support/sized.ts";
import { Place, type Run } from "../program.ts";

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.close());

function recipe(text: string): string {
  const path = join(place.home, "recipe.yaml");
  writeFileSync(path, text);
  return path;
}

async function tried(text: string, words: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): Promise<Run> {
  const run = place.run(["try", ...words, recipe(text)], environment);
  await run.ended;
  return run;
}

describe("the exit code", () => {
  const rows: readonly (readonly [what: string, steps: string, code: number, last: RegExp])[] = [
    ["success", "shell: 'true'", 0, /^SUCCESS after /],
    ["warnings", "shell: {command: exit 2, decodeRC: {2: WARNINGS}}", 0, /^(?:SUCCESS|WARNINGS) after /],
    ["a failure", "shell: exit 3", 2, /^FAILURE after /],
    [
      "a failure that only warns",
      "shell: {command: exit 3, flunkOnFailure: false, warnOnFailure: true}",
      0,
      /^WARNINGS/,
    ],
    ["a missing program", "shell: [no-such-program]", 2, /^FAILURE after /],
    ["a download of a missing file", "download: {from: nothing, to: nothing}", 4, /^EXCEPTION after /],
    ["a timeout", "shell: {command: sleep 60, maxTime: 200ms}", 2, /^FAILURE after /],
  ];
  // Other tests show 0 and 2.
  test.each(rowsOf(rows, ([, , code]) => code === 4))("of %s", async (_what, step, code, last) => {
    const run = await tried(`steps: [${step}]`);
    expect(await run.ended).toBe(code);
    expect(run.printed().trimEnd().split("\n").at(-1)).toMatch(last);
    await place.emptied();
  });

  test("of a bad recipe is 1, and nothing is run", async () => {
    const { code, printed } = await place.command("try", recipe("steps: [shel: touch ran]"));
    expect([code, printed]).toEqual([1, `${place.home}/recipe.yaml:1:9: unknown key 'shel'; did you mean shell?\n`]);
    expect(existsSync(join(place.home, "ran"))).toBe(false);
  });
});

test("steps run in order as on a worker, with their variables, files and logs", async () => {
  writeFileSync(join(place.home, "input.txt"), "from the recipe\n");
  const run = await tried(`
env: {GREETING: hello, GONE: null}
steps:
  - download: {from: input.txt, to: in.txt}
  - shell: echo "$GREETING \${GONE-unset}"; cat in.txt; echo complaint >&2
  - shell: {command: [sh, -c, "echo more >d.log; cp in.txt out.txt"], logfiles: {details: d.log}}
  - upload: {from: out.txt, to: a/out.txt}
  - shell: {command: exit 1, haltOnFailure: false, flunkOnFailure: false}
  - mkdir: other
  - shell: {command: pwd, workdir: other}
`);
  expect(run.errors()).toBe("complaint\n");
  expect(await run.ended).toBe(0);
  const lines = run.printed().split("\n");
  expect(run.printed()).not.toContain("GREETING=");
  for (const line of ["hello unset", "from the recipe", "details: more"]) expect(lines).toContain(line);
  expect(run.printed()).toMatch(/\/recipe\/other\n/);
  expect(run.printed()).toMatch(/\[5\/7\] exit 1: FAILURE: failed with exit code 1/);
  expect(readFileSync(join(place.home, "uploads", "a", "out.txt"), "utf8")).toBe("from the recipe\n");
  await place.emptied();
});

test("a failure skips the steps after it, except for those with alwaysRun", async () => {
  const run = await tried(
    "steps: [shell: exit 1, shell: echo never, {shell: {command: echo always, alwaysRun: true}}]",
  );
  expect(await run.ended).toBe(2);
  const lines = run.printed().split("\n");
  expect(lines).toContain("[2/3] echo never: not run");
  expect(lines).toContain("always");
  expect(lines).not.toContain("never");
});

test("a directory is uploaded; on request the temporary one is kept, and variables of commands are listed", async () => {
  const run = await tried(
    `
steps:
  - shell: {command: mkdir -p d/e; echo x >d/e/f, env: {SHOWN: here}}
  - upload: {from: d, to: up, directory: true}
  - shell: {command: 'true', env: {QUIET: here}, logEnviron: false}
`,
    ["--keep", "--environ"],
  );
  expect(run.printed()).toContain("  SHOWN=here\n");
  expect(run.printed()).not.toContain("QUIET=here");
  expect(run.printed()).toMatch(/SUCCESS after/);
  const [, kept = ""] = /^kept: (.+)$/m.exec(run.printed()) ?? [];
  for (const path of [join(place.home, "uploads", "up"), join(kept, "recipe", "build", "d")]) {
    expect(readFileSync(join(path, "e", "f"), "utf8")).toBe("x\n");
  }
});

test("a builder of a master.yaml runs with its secrets hidden, and git steps check out the given branch", async () => {
  const origin = join(place.home, "origin");
  const git = (...words: readonly string[]) =>
    execFileSync("git", ["-C", origin, "-c", "user.name=A", "-c", "user.email=a@example.org", ...words]);
  mkdirSync(origin);
  git("init", "-q", "-b", "feature");
  git("commit", "-q", "--allow-empty", "-m", "one");
  writeFileSync(join(place.home, "token"), "value-of-token", { mode: 0o600 });
  const text = `
secrets: {token: {file: token}}
workers: [{name: w, password: p}]
builders:
  - name: b
    workers: [w]
    steps:
      - git: {repository: ${origin}}
      - shell: {command: 'echo "$TOKEN on $BRANCH at $REVISION"', env: {TOKEN: "%(secret:token)s"}}
      - trigger: {schedulers: [after]}
schedulers: [{triggerable: {name: after, builders: [other]}}]
`;
  const master = text.replace(
    "schedulers: [{",
    "  - {name: other, workers: [w], steps: [{shell: make}]}\nschedulers: [{",
  );
  const run = await tried(master, ["--builder", "b", "--branch", "feature"]);
  const revision = git("rev-parse", "HEAD").toString().trim();
  expect(run.printed()).toContain(`<token> on feature at ${revision}\n`);
  expect(run.printed() + run.errors()).not.toContain("value-of-token");
  expect(run.printed()).toMatch(/trigger after: SKIPPED[\s\S]*SUCCESS after /);
  const absent = await place.command("try", "--builder", "c", recipe(master));
  expect(absent).toMatchObject({ code: 1, printed: expect.stringContaining("there is no builder 'c' in") });
});

describe("interrupted", () => {
  test.each(rowsOf(["SIGINT", "SIGTERM", "SIGHUP"] as const, (signal) => signal === "SIGTERM"))(
    "by %s it ends the step with all it started, runs what always runs, and ends by the signal",
    async (signal) => {
      const path = recipe("steps: [shell: sleep 300 & sleep 300, {shell: {command: echo swept, alwaysRun: true}}]");
      const run = place.run(["try", path]);
      await poll("the step", () => run.printed().includes("using PTY"));
      run.child.kill(signal);
      expect(await run.ended).toBe(signal);
      expect(run.printed()).toMatch(/^swept$/m);
      expect(run.printed()).toMatch(/^CANCELLED after/m);
      await place.emptied();
    },
  );

  rareTest("twice, it ends immediately", 60_000, async () => {
    const path = recipe("steps: [shell: sleep 300, {shell: {command: echo begun; sleep 300, alwaysRun: true}}]");
    const run = place.run(["try", path]);
    await poll("the step", () => run.printed().includes("using PTY"));
    run.child.kill("SIGINT");
    await poll("the step that always runs", () => /^begun$/m.test(run.printed()));
    run.child.kill("SIGINT");
    expect(await run.ended).toBe("SIGINT");
    await place.emptied();
  });

  test("by SIGKILL, it leaves nothing either", async () => {
    const run = place.run(["try", recipe("steps: [shell: sleep 300 & sleep 300]")]);
    await poll("the step", () => run.printed().includes("using PTY"));
    run.child.kill("SIGKILL");
    expect(await run.ended).toBe("SIGKILL");
    await place.emptied();
  });

  rareTest("by the end of its reader, it ends, too", 60_000, async () => {
    const run = place.run(["try", recipe("steps: [shell: 'while :; do echo again; sleep 0.05; done']")]);
    await poll("output", () => run.printed().includes("again"));
    run.child.stdout?.destroy();
    expect(await run.ended).toBe(141);
    await place.emptied();
  });
});

describe("in the base directory of a worker", () => {
  async function worker(change: (tac: string) => string): Promise<string> {
    const basedir = join(place.home, "worker");
    expect((await place.command("create-worker", "--quiet", basedir, "localhost", "w", "p")).code).toBe(0);
    const tac = join(basedir, "buildbot.tac");
    writeFileSync(tac, change(readFileSync(tac, "utf8")));
    return basedir;
  }

  test("it uses that directory, with the options of buildbot.tac, and leaves what it created", async () => {
    const basedir = await worker((tac) => `line_limit = 1024\n${tac.replace(/^umask = .*/m, "umask = 0o27")}`);
    const run = await tried("steps: [shell: 'umask; pwd; touch made']", ["--basedir", basedir]);
    expect(await run.ended).toBe(0);
    expect(run.printed()).toMatch(/^0027$/m);
    expect(existsSync(join(basedir, "recipe", "build", "made"))).toBe(true);
    expect(place.leftovers()).toEqual([]);
  });

  rareTest("of several workers, it uses the one with that base directory", 60_000, async () => {
    const other = "Worker('localhost', 1, 'first', 'p', os.path.join(basedir, 'first'), 600, umask=0o77)";
    const basedir = await worker((tac) => {
      const setting = tac.replace(/^umask = .*/m, "umask = 0o27");
      return setting.replace(/^s = Worker\(/m, `${other}.setServiceParent(application)\n$&`);
    });
    expect(readFileSync(join(basedir, "buildbot.tac"), "utf8")).toContain("'first'");
    const run = await tried("steps: [shell: 'umask; pwd']", ["--basedir", basedir]);
    expect(await run.ended).toBe(0);
    expect(run.printed()).toMatch(/^0027$/m);
    expect(run.printed()).toContain(join(basedir, "recipe", "build"));
    expect(existsSync(join(basedir, "first"))).toBe(false);
  });

  rareTest("a directory without a worker is refused", 60_000, async () => {
    const run = await tried("steps: [shell: 'true']", ["--basedir", place.home]);
    expect(await run.ended).toBe(1);
    expect(run.printed()).toContain("buildbot.tac");
  });
});

test.each([
  [[], "expected one recipe"],
  [["a", "b"], "expected one recipe"],
  [["/nonexistent.yaml"], "/nonexistent.yaml cannot be read: No such file or directory"],
  [["--keep", "--basedir", "x", "y"], "--keep cannot be combined with --basedir"],
])("the words %j are refused", async (words, said) => {
  expect(await place.command("try", ...words)).toMatchObject({ code: 1, printed: expect.stringContaining(said) });
});
