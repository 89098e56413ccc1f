// Builds on Windows under a real master: everything a build does, over both protocols.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildOutcome, printed } from "../masters/support/build-outcome.ts";
import { type StepDescription, shell } from "../masters/support/description.ts";
import { type Protocol, startMaster, type TestMaster } from "../masters/support/test-master.ts";
import { freshTestDirectory, NODE, onLinux, processesWith } from "./support/windows.ts";
import { startWindowsWorker, type WindowsWorker } from "./support/windows-worker.ts";

const SLEEPER = "setTimeout(()=>{},100000)//";
/** Too long for the APIs of Windows that know no `\\?\`. */
const LONG_NAME = Array.from({ length: 6 }, () => "n".repeat(60)).join("/");

const script = (text: string) => `${NODE} -e "${text}"`;
const list = (text: string, ...words: readonly string[]) => [NODE, "-e", text, ...words];

/** 23 steps, over MessagePack 22: Buildbot's master sends no files over it. */
function steps(scratch: string, protocol: Protocol): readonly StepDescription[] {
  const sleeper = `${SLEEPER}${protocol}`;
  const download: StepDescription = {
    type: "StringDownload",
    args: { name: "download", s: "grün\n", workerdest: "down.txt" },
  };
  return [
    shell("exe", list("console.log(process.argv.slice(1).join())", "a b", 'q"q', "100%PATH%", "é")),
    shell("name", ["node", "-e", "console.log(process.argv.slice(1).join())", "x&y", "100%PATH%", "(z)"], {
      env: { Path: ["C:\\node", "${PATH}"] },
    }),
    shell("string", "echo one && echo two"),
    shell("batch", "for %%i in (1 2 3) do echo %%i\nset X=4\necho %X%%%\nexit /b 7", {
      flunkOnFailure: false,
    }),
    shell("environment", "echo %PATH% %OWN%", { env: { PATH: ["C:\\first", "${PATH}"], OWN: "1" } }),
    shell("unicode", list("console.log('grün 世界')")),
    shell("both", list("console.log('out');console.error('err')")),
    shell("lines", list("for(let i=0;i<20000;i++)console.log('line '+i)")),
    shell("input", list("process.stdin.pipe(process.stdout)"), { initialStdin: "typed" }),
    shell("log", "echo followed > some.log", { logfiles: { some: "some.log" } }),
    shell("pty", "echo no terminal", { usePTY: true }),
    { type: "MakeDirectory", args: { name: "mkdir", dir: "build/tree/größe" } },
    shell("fill", `mkdir deep & echo x> tree\\a.txt & echo z> tree\\ro.txt & attrib +r tree\\ro.txt`),
    shell("beyond ASCII", list("require('fs').writeFileSync('tree/größe/b.txt','y')")),
    shell("long", list(`require('fs').mkdirSync('tree/${LONG_NAME}',{recursive:true})`)),
    { type: "FileExists", args: { name: "stat", file: "build/tree/a.txt" } },
    { type: "CopyDirectory", args: { name: "cpdir", src: "build/tree", dest: "build/copy" } },
    {
      type: "FileUpload",
      args: { name: "upload", workersrc: "tree/a.txt", masterdest: join(scratch, protocol, "a.txt") },
    },
    {
      type: "DirectoryUpload",
      args: { name: "directory upload", workersrc: "tree", masterdest: join(scratch, protocol, "tree") },
    },
    {
      type: "MultipleFileUpload",
      args: { name: "glob", workersrcs: ["tree/*.txt"], masterdest: join(scratch, protocol, "several"), glob: true },
    },
    ...(protocol === "pb" ? [download] : []),
    { type: "RemoveDirectory", args: { name: "rmdir", dir: "build/copy" } },
    shell("timeout", `start /b ${script(sleeper)}\n${script(sleeper)}`, { timeout: 4, flunkOnFailure: false }),
  ];
}

describe.each(["pb", "msgpack"] as const)("over %s", (protocol) => {
  let scratch: string;
  let master: TestMaster;
  let worker: WindowsWorker;
  let outcome: BuildOutcome;
  const result = (name: string) => outcome.steps.find((step) => step.name === name)?.result;

  beforeAll(async () => {
    freshTestDirectory();
    scratch = mkdtempSync(join(tmpdir(), "buildhand-wine-"));
    master = await startMaster({
      workers: [{ name: "win", password: "secret" }],
      builders: [{ name: "all", workers: ["win"], steps: steps(scratch, protocol) }],
    });
    worker = await startWindowsWorker(master, { name: "win", protocol });
    outcome = await master.build("all");
  });

  afterAll(async () => {
    worker?.program.child.kill("SIGKILL");
    await master?.end();
    rmSync(scratch, { recursive: true, force: true });
  });

  test("every step of the build ran, and only those that must fail failed", () => {
    expect(outcome.steps).toHaveLength(protocol === "pb" ? 23 : 22);
    const failed = outcome.steps.filter((step) => step.result !== "success").map(({ name }) => name);
    expect(failed).toEqual(["batch", "timeout"]);
  });

  test("an absolute .exe gets its words unchanged", () => {
    expect(printed(outcome, "exe")).toBe('a b,q"q,100%PATH%,é\n');
  });

  test("a program's name is looked up along PATH, and `%` and `&` stay as they are", () => {
    expect(printed(outcome, "name")).toBe("x&y,100%PATH%,(z)\n");
  });

  test("a list is shown as Buildbot's worker shows it", () => {
    expect(printed(outcome, "name", "header").split("\n")[0]).toMatch(/^node -e .*x\^&y 100%%PATH%% \^\(z\^\)$/);
  });

  test("a text is a batch file: several lines, %%i, its own exit code", () => {
    expect(printed(outcome, "string")).toMatch(/^one ?\ntwo ?\n$/);
    expect(printed(outcome, "batch").match(/\d/g)).toEqual(["1", "2", "3", "4"]);
    expect(printed(outcome, "batch")).toContain("4%");
    expect(printed(outcome, "batch", "header")).toMatch(/program finished with exit code 7\b/);
  });

  test("a prepended PATH keeps the system's", () => {
    expect(printed(outcome, "environment")).toMatch(/^C:\\first;.*windows\\system32.* 1$/im);
  });

  test("text beyond ASCII, both streams and 20 000 lines arrive whole", () => {
    expect(printed(outcome, "unicode")).toBe("grün 世界\n");
    expect(printed(outcome, "both")).toBe("out\n");
    expect(printed(outcome, "both", "stderr")).toBe("err\n");
    const lines = Array.from({ length: 20_000 }, (_, at) => `line ${at}\n`).join("");
    expect(printed(outcome, "lines")).toBe(lines);
  });

  test("input reaches a program, and a log file is followed", () => {
    expect(printed(outcome, "input")).toBe("typed\n");
    expect(
      outcome.steps.find(({ name }) => name === "log")?.logs["some"]?.lines.map(({ line }) => line.trim()),
    ).toEqual(["followed"]);
  });

  test("a PTY is replaced by pipes, with a warning", () => {
    expect(printed(outcome, "pty", "header")).toMatch(/^WARNING: disabling usePTY for this command/);
    expect(printed(outcome, "pty", "header")).toContain(" using PTY: False");
  });

  test("files and directories arrive at the master, with names beyond ASCII", () => {
    expect(readFileSync(join(scratch, protocol, "a.txt"), "utf8").trim()).toBe("x");
    expect(readFileSync(join(scratch, protocol, "tree", "größe", "b.txt"), "utf8").trim()).toBe("y");
    expect(existsSync(join(scratch, protocol, "several", "a.txt"))).toBe(true);
  });

  if (protocol === "pb")
    test("a file comes from the master", () => {
      expect(readFileSync(onLinux("C:\\t\\win\\all\\build\\down.txt"), "utf8")).toBe("grün\n");
    });

  test("a copy with a read-only file and an over-long path is removed", () => {
    expect([result("cpdir"), result("rmdir")]).toEqual(["success", "success"]);
    const tree = onLinux("C:\\t\\win\\all\\build\\tree");
    expect([existsSync(`${tree}/ro.txt`), existsSync(`${tree}/${LONG_NAME}`)]).toEqual([true, true]);
    expect(existsSync(join(scratch, protocol, "tree", LONG_NAME))).toBe(true);
    expect(existsSync(onLinux("C:\\t\\win\\all\\build\\copy"))).toBe(false);
  });

  test("a timeout ends the whole command, with rc 1, and nothing of it is left", () => {
    expect(printed(outcome, "timeout", "header")).toContain("command timed out: 4 seconds without output");
    expect(printed(outcome, "timeout", "header")).toMatch(/program finished with exit code 1\b/);
    expect(processesWith(`${SLEEPER}${protocol}`)).toEqual([]);
  });

  test("no batch file is left", () => {
    const place = onLinux("C:\\t\\win\\.buildhand-commands");
    expect(existsSync(place) ? readdirSync(place) : []).toEqual([]);
  });

  test("the log says what was run where", () => {
    expect(worker.log()).toContain("not run on Microsoft's Windows by us");
    expect(worker.log()).not.toMatch(/may outlive|Unhandled|Traceback/);
  });
});
