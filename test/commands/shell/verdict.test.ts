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
    [{ type: "missing" }, "gti was not found"],
    [{ type: "missing", near: "git" }, "gti was not found; did you mean git?"],
    [{ type: "missing", elsewhere: "/opt/gti" }, "gti is not in the PATH of this command, but exists as /opt/gti"],
    [{ type: "directory-missing", directory: "/x" }, "gti was not found, because the directory /x does not exist"],
    [{ type: "directory", path: "/x/gti" }, "/x/gti is a directory"],
    [{ type: "not-executable", path: "/x/gti", mode: 0o640 }, "/x/gti is not executable for this user (mode 0640)"],
    [
      { type: "interpreter-missing", path: "/x/gti", interpreter: "/bin/zsh" },
      "the interpreter /bin/zsh in the first line of /x/gti does not exist",
    ],
    [
      { type: "carriage-return", path: "/x/gti", interpreter: "/bin/sh" },
      "the first line of /x/gti has a Windows line ending, so a carriage return is part of the interpreter name /bin/sh",
    ],
    [
      { type: "loader-missing", path: "/x/gti", loader: "/lib/ld-musl.so.1" },
      "/x/gti needs the dynamic loader /lib/ld-musl.so.1, which does not exist",
    ],
  ])("for %j", (found, text) => {
    expect(notStarted(found)).toBe(`buildhand: ${text}`);
  });

  test("for a reason that is not known has no verdict", () => {
    expect(verdict({ ...NOTHING, end: { type: "start-failed" } })).toBeUndefined();
  });

  test("has its verdict on one line, whatever its name", () => {
    expect(notStarted({ type: "missing", near: "a\nb\u2028" })).toBe(
      "buildhand: gti was not found; did you mean a?b??",
    );
  });
});

describe("a plain exit code", () => {
  test.each([1, 2, 100, 128, 129, 144, 255])("%i has no verdict when nothing is known", (code) => {
    expect(exited(code)).toBeUndefined();
  });

  test("127 means that a shell did not find a program", () => {
    const text = "buildhand: exit code 127 means that a shell did not find a program";
    expect(exited(127)).toBe(text);
    expect(exited(127, { trouble: { program: "gti", found: { type: "missing", near: "git" } } })).toBe(
      `${text}: gti was not found; did you mean git?`,
    );
  });

  test("126 means that a shell could not run a program", () => {
    expect(exited(126)).toBe("buildhand: exit code 126 means that a shell found a program but could not run it");
  });

  test.each([
    [139, "SIGSEGV: invalid memory access"],
    [141, "SIGPIPE: it wrote to a pipe without a reader"],
    [143, "SIGTERM"],
    [152, "SIGXCPU: it exceeded its CPU time limit (ulimit -t)"],
    [153, "SIGXFSZ: it exceeded its file size limit (ulimit -f)"],
    [137, "SIGKILL; it was not killed for lack of memory"],
  ])("%i means that a signal ended a program of a shell", (code, text) => {
    expect(exited(code)).toBe(`buildhand: exit code ${code} means that a shell's program was ended by ${text}`);
  });

  test("may have a full disk as its cause", () => {
    expect(exited(1, { fullDisk })).toBe(
      "buildhand: the file system of /tmp is full (no space left), which is probably why it failed",
    );
  });

  test("may have a lack of memory as its cause, which is reported before a full disk", () => {
    expect(exited(2, { fullDisk, oomKills: { group: 1, system: 4 } })).toBe(
      "buildhand: out of memory: the kernel killed 1 process while it ran, which is probably why it failed",
    );
  });

  test("names the processes that were killed", () => {
    const oomVictims = ["cc1plus", "ld", "cc1plus"].map((program, pid) => ({ pid, program }));
    expect(exited(2, { oomKills: { group: 3, system: 3 }, oomVictims })).toBe(
      "buildhand: out of memory: the kernel killed 3 processes (cc1plus, ld) while it ran, which is probably why it failed",
    );
  });

  test("is not explained by kills elsewhere in the system, unless only those can be counted", () => {
    expect(exited(2, { oomKills: { group: 0, system: 4 } })).toBeUndefined();
    expect(exited(137, { oomKills: { group: 0, system: 4 } })).toContain("out of memory");
    expect(exited(2, { oomKills: { group: undefined, system: 4 } })).toContain("out of memory");
  });
});

describe("a signal that is not ours", () => {
  test("is named, with what is known of its sender", () => {
    expect(signaled("SIGTERM")).toBe(
      "buildhand: ended by SIGTERM, which this worker did not send; the sender is unknown",
    );
    expect(signaled("SIGKILL")).toBe(
      "buildhand: ended by SIGKILL, which this worker did not send; the sender is unknown; it was not killed for lack of memory",
    );
    expect(signaled("SIGKILL", { oomKills: { group: undefined, system: undefined } })).toBe(
      "buildhand: ended by SIGKILL, which this worker did not send; the sender is unknown",
    );
  });

  test("is the kernel's when its log says so", () => {
    const facts = { oomKills: { group: undefined, system: 1 }, oomVictims: [{ pid: 12, program: "ld" }] };
    expect(signaled("SIGKILL", facts)).toBe("buildhand: out of memory: the kernel killed it");
  });

  test("is probably the kernel's when it killed a process", () => {
    expect(signaled("SIGKILL", { oomKills: { group: 0, system: 2 } })).not.toContain("out of memory");
    expect(signaled("SIGKILL", { oomKills: { group: undefined, system: 2 } })).toBe(
      "buildhand: out of memory: the kernel killed 2 processes while it ran, probably including this one",
    );
  });

  test("may have a limit as its cause", () => {
    const limits = { cpuSeconds: 5, addressSpaceKib: 20_000 };
    const [cpuTime, addressSpace] = ["CPU time (ulimit -t 5)", "address space (ulimit -v 20000)"];
    expect(signaled("SIGKILL", { limits })).toBe(
      `buildhand: ended by SIGKILL, which this worker did not send; the sender is unknown; it was not killed for lack of memory; it had a limit of ${cpuTime} and of ${addressSpace}, which may be the cause`,
    );
    expect(exited(137, { limits: { ...limits, addressSpaceKib: undefined } })).toBe(
      `buildhand: exit code 137 means that a shell's program was ended by SIGKILL; it was not killed for lack of memory; it had a limit of ${cpuTime}, which may be the cause`,
    );
    const crash = `SIGSEGV: invalid memory access; it had a limit of ${addressSpace}, which may be the cause`;
    expect(signaled("SIGSEGV", { limits, coreFile: "/b/core" })).toContain(
      `; core file: /b/core; it had a limit of ${addressSpace}, which may be the cause`,
    );
    expect(exited(139, { limits })).toContain(crash);
    expect(signaled("SIGTERM", { limits })).not.toContain("limit");
    expect(signaled("SIGSEGV", { limits: { ...limits, addressSpaceKib: undefined } })).not.toContain("limit");
  });

  test("of another kind has nothing to do with a lack of memory", () => {
    expect(signaled("SIGSEGV", { oomKills: { group: 2, system: 2 } })).toBe(
      "buildhand: crashed with SIGSEGV: invalid memory access",
    );
  });

  test("may have left a core file, and have a full disk as its cause", () => {
    expect(signaled("SIGABRT", { coreFile: "/b/core" })).toBe(
      "buildhand: crashed with SIGABRT: it aborted itself, for example because of a failed assertion; core file: /b/core",
    );
    expect(signaled("SIGBUS", { fullDisk })).toContain("; the file system of /tmp is full (no space left)");
  });

  test.each([
    ["SIGXCPU", "it exceeded its CPU time limit (ulimit -t)"],
    ["SIGXFSZ", "it exceeded its file size limit (ulimit -f)"],
    ["SIGPIPE", "it wrote to a pipe without a reader"],
  ] as const)("%s says what the program did", (signal, text) => {
    expect(signaled(signal)).toBe(`buildhand: ended by ${signal}: ${text}`);
  });
});
