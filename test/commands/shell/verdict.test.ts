import { describe, expect, test } from "vitest";
import { type EndFacts, verdict } from "../../../src/commands/shell/verdict.ts";
import type { ProgramTrouble } from "../../../src/process/spawn/program-search.ts";

const NOTHING: Omit<EndFacts, "end"> = {
  pid: 12,
  trouble: undefined,
  oomKills: { group: 0, system: 0 },
  oomVictims: [],
  fullDisk: undefined,
  coreFile: undefined,
};

const exited = (code: number, facts: Partial<EndFacts> = {}) =>
  verdict({ ...NOTHING, end: { type: "exited", code }, ...facts });
const signaled = (signal: NodeJS.Signals, facts: Partial<EndFacts> = {}) =>
  verdict({ ...NOTHING, end: { type: "signaled", signal }, ...facts });
const notStarted = (found: ProgramTrouble) =>
  verdict({ ...NOTHING, end: { type: "start-failed" }, trouble: { program: "gti", found } });

const fullDisk = { directory: "/tmp", lacks: "space" } as const;

describe("a program that could not be started", () => {
  test.each<[ProgramTrouble, string]>([
    [{ type: "missing" }, "there is no gti"],
    [{ type: "missing", near: "git" }, "there is no gti; is git meant?"],
    [{ type: "missing", elsewhere: "/opt/gti" }, "there is no gti in the PATH of this command, but there is /opt/gti"],
    [{ type: "directory-missing", directory: "/x" }, "there is no gti, for there is no directory /x"],
    [{ type: "directory", path: "/x/gti" }, "/x/gti is a directory"],
    [
      { type: "not-executable", path: "/x/gti", mode: 0o640 },
      "/x/gti is not executable for this user (its mode is 0640)",
    ],
    [
      { type: "interpreter-missing", path: "/x/gti", interpreter: "/bin/zsh" },
      "the first line of /x/gti names /bin/zsh, which is not there",
    ],
    [
      { type: "carriage-return", path: "/x/gti", interpreter: "/bin/sh" },
      "the first line of /x/gti ends as on Windows, so that a carriage return is part of the name /bin/sh",
    ],
    [
      { type: "loader-missing", path: "/x/gti", loader: "/lib/ld-musl.so.1" },
      "/x/gti is for a system with /lib/ld-musl.so.1, which is not there",
    ],
  ])("for %j", (found, text) => {
    expect(notStarted(found)).toBe(`buildhand: ${text}`);
  });

  test("for a reason that is not known has no verdict", () => {
    expect(verdict({ ...NOTHING, end: { type: "start-failed" } })).toBeUndefined();
  });

  test("has its verdict on one line, whatever its name", () => {
    expect(notStarted({ type: "missing", near: "a\nb\u2028" })).toBe("buildhand: there is no gti; is a?b? meant?");
  });
});

describe("a plain exit code", () => {
  test.each([1, 2, 100, 128, 129, 144, 255])("%i has no verdict when nothing is known", (code) => {
    expect(exited(code)).toBeUndefined();
  });

  test("127 is what a shell gives for a program that is not there", () => {
    const text = "buildhand: exit code 127 is what a shell gives for a program that it did not find";
    expect(exited(127)).toBe(text);
    expect(exited(127, { trouble: { program: "gti", found: { type: "missing", near: "git" } } })).toBe(
      `${text}: there is no gti; is git meant?`,
    );
  });

  test("126 is what a shell gives for a program that it could not run", () => {
    expect(exited(126)).toBe(
      "buildhand: exit code 126 is what a shell gives for a program that it found but could not run",
    );
  });

  test.each([
    [139, "SIGSEGV ended: it touched memory that is not its own"],
    [141, "SIGPIPE ended: it wrote to a pipe that nobody reads any more"],
    [143, "SIGTERM ended"],
    [152, "SIGXCPU ended: it used more CPU time than its limit allows (ulimit -t)"],
    [153, "SIGXFSZ ended: it wrote a file larger than its limit allows (ulimit -f)"],
    [137, "SIGKILL ended, but the kernel did not for lack of memory"],
  ])("%i is what a shell gives for a signal", (code, text) => {
    expect(exited(code)).toBe(`buildhand: exit code ${code} is what a shell gives for a program that ${text}`);
  });

  test("may come of a full disk", () => {
    expect(exited(1, { fullDisk })).toBe(
      "buildhand: the file system of /tmp is full (no space left), which is probably why it failed",
    );
  });

  test("may come of a lack of memory, which is told before a full disk", () => {
    expect(exited(2, { fullDisk, oomKills: { group: 1, system: 4 } })).toBe(
      "buildhand: out of memory: the kernel killed 1 process while it ran, which is probably why it failed",
    );
  });

  test("names those that were killed", () => {
    const oomVictims = ["cc1plus", "ld", "cc1plus"].map((program, pid) => ({ pid, program }));
    expect(exited(2, { oomKills: { group: 3, system: 3 }, oomVictims })).toBe(
      "buildhand: out of memory: the kernel killed 3 processes (cc1plus, ld) while it ran, which is probably why it failed",
    );
  });

  test("does not come of what was killed elsewhere in the system, unless nothing else can be counted", () => {
    expect(exited(2, { oomKills: { group: 0, system: 4 } })).toBeUndefined();
    expect(exited(137, { oomKills: { group: 0, system: 4 } })).toContain("out of memory");
    expect(exited(2, { oomKills: { group: undefined, system: 4 } })).toContain("out of memory");
  });
});

describe("a signal that is not ours", () => {
  test("is named, with what is known of its sender", () => {
    expect(signaled("SIGTERM")).toBe(
      "buildhand: ended by SIGTERM, which this worker did not send; who did is not known",
    );
    expect(signaled("SIGKILL")).toBe(
      "buildhand: ended by SIGKILL, which this worker did not send; who did is not known, but the kernel did not for lack of memory",
    );
    expect(signaled("SIGKILL", { oomKills: { group: undefined, system: undefined } })).toBe(
      "buildhand: ended by SIGKILL, which this worker did not send; who did is not known",
    );
  });

  test("is the kernel's when its log says so", () => {
    const facts = { oomKills: { group: undefined, system: 1 }, oomVictims: [{ pid: 12, program: "ld" }] };
    expect(signaled("SIGKILL", facts)).toBe("buildhand: out of memory: the kernel killed it");
  });

  test("is probably the kernel's when it killed somebody", () => {
    expect(signaled("SIGKILL", { oomKills: { group: 0, system: 2 } })).not.toContain("out of memory");
    expect(signaled("SIGKILL", { oomKills: { group: undefined, system: 2 } })).toBe(
      "buildhand: out of memory: the kernel killed 2 processes while it ran, this one probably too",
    );
  });

  test("may come of a limit that it had", () => {
    const limits = { cpuSeconds: 5, addressSpaceKib: 20_000 };
    const [cpuTime, addressSpace] = ["CPU time (ulimit -t 5)", "address space (ulimit -v 20000)"];
    expect(signaled("SIGKILL", { limits })).toBe(
      `buildhand: ended by SIGKILL, which this worker did not send; who did is not known, but the kernel did not for lack of memory; it had a limit of ${cpuTime} and of ${addressSpace}, which may be why`,
    );
    expect(exited(137, { limits: { ...limits, addressSpaceKib: undefined } })).toBe(
      `buildhand: exit code 137 is what a shell gives for a program that SIGKILL ended, but the kernel did not for lack of memory; it had a limit of ${cpuTime}, which may be why`,
    );
    const crash = `SIGSEGV ended: it touched memory that is not its own; it had a limit of ${addressSpace}, which may be why`;
    expect(signaled("SIGSEGV", { limits, coreFile: "/b/core" })).toContain(
      `; its core is /b/core; it had a limit of ${addressSpace}, which may be why`,
    );
    expect(exited(139, { limits })).toContain(crash);
    expect(signaled("SIGTERM", { limits })).not.toContain("limit");
    expect(signaled("SIGSEGV", { limits: { ...limits, addressSpaceKib: undefined } })).not.toContain("limit");
  });

  test("of another kind has nothing to do with a lack of memory", () => {
    expect(signaled("SIGSEGV", { oomKills: { group: 2, system: 2 } })).toBe(
      "buildhand: crashed with SIGSEGV: it touched memory that is not its own",
    );
  });

  test("may have left a core, and come of a full disk", () => {
    expect(signaled("SIGABRT", { coreFile: "/b/core" })).toBe(
      "buildhand: crashed with SIGABRT: it gave up itself, as for a failed assertion; its core is /b/core",
    );
    expect(signaled("SIGBUS", { fullDisk })).toContain("; the file system of /tmp is full (no space left)");
  });

  test.each([
    ["SIGXCPU", "it used more CPU time than its limit allows (ulimit -t)"],
    ["SIGXFSZ", "it wrote a file larger than its limit allows (ulimit -f)"],
    ["SIGPIPE", "it wrote to a pipe that nobody reads any more"],
  ] as const)("%s says what the program did", (signal, text) => {
    expect(signaled(signal)).toBe(`buildhand: ended by ${signal}: ${text}`);
  });
});
