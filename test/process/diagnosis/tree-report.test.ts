import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ARGUMENTS_LIMIT_BYTES, EXAMINED_LIMIT, reportTree } from "../../../src/process/diagnosis/tree-report.ts";
import type { ListedProcess } from "../../../src/process/tree/process-list.ts";
import { ManualClock } from "../../support/manual-clock.ts";

let procDirectory: string;

beforeEach(() => {
  procDirectory = mkdtempSync(join(tmpdir(), "buildhand-proc-"));
});

afterEach(() => {
  rmSync(procDirectory, { recursive: true });
});

function listed(pid: number, parent = 1): ListedProcess {
  return { pid, program: "program", parent, group: pid, session: pid, startTicks: pid };
}

interface FakeProcess {
  readonly pid: number;
  readonly state?: string;
  readonly files?: Readonly<Record<string, string>>;
}

function put({ pid, state = "S", files = {} }: FakeProcess): void {
  const directory = join(procDirectory, String(pid));
  mkdirSync(directory);
  // pid (program) state parent group session tty tpgid flags minflt cminflt majflt cmajflt utime stime … threads
  const stat = `${pid} (a) S) ${state} 1 ${pid} ${pid} 0 -1 0 0 0 0 0 123 45 0 0 20 0 3 0 ${pid} 0`;
  writeFileSync(join(directory, "stat"), stat);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
}

const look = async (...processes: ListedProcess[]) =>
  reportTree(processes, { clock: new ManualClock(), procDirectory });

describe("what is seen of a process", () => {
  test("are its state, its time, its threads, what it waits in and its arguments", async () => {
    put({ pid: 5, files: { wchan: "do_wait", cmdline: "sh\0-c\0echo x; wait\0" } });
    expect(await look(listed(5, 2))).toEqual({
      leftOutCount: 0,
      processes: [
        {
          pid: 5,
          program: "program",
          parent: 2,
          state: "sleeping",
          cpuSeconds: 1.68,
          threadCount: 3,
          waitsIn: ["do_wait"],
          argv: ["sh", "-c", "echo x; wait"],
          isCut: false,
        },
      ],
    });
  });

  test("is the stack in the kernel, where that may be read, without the way in and with few frames", async () => {
    const frames = ["a", "b", "c", "d", "e"].map((name) => `[<0>] ${name}+0x53/0x120`);
    const entry = ["[<0>] do_syscall_64+0x71/0x280", "[<0>] entry_SYSCALL_64_after_hwframe+0x76/0x7e"];
    put({ pid: 5, files: { wchan: "a", stack: [...frames.slice(0, 2), ...entry].join("\n") } });
    put({ pid: 6, files: { wchan: "a", stack: [...frames, ...entry, ""].join("\n") } });
    const { processes } = await look(listed(5), listed(6));
    expect(processes.map(({ waitsIn }) => waitsIn)).toEqual([
      ["a", "b"],
      ["a", "b", "c", "d"],
    ]);
  });

  test("does not include waits of a running process, or on a system without them", async () => {
    put({ pid: 5, state: "R", files: { wchan: "0", stack: "" } });
    put({ pid: 6 });
    const { processes } = await look(listed(5), listed(6));
    expect(processes.map(({ state, waitsIn }) => [state, waitsIn])).toEqual([
      ["running", []],
      ["sleeping", []],
    ]);
  });

  test.each([
    ["D", "sleeping uninterruptibly"],
    ["T", "stopped"],
    ["t", "stopped by a debugger"],
    ["P", "P"],
  ])("is the state %s as a word", async (state, word) => {
    put({ pid: 5, state });
    expect((await look(listed(5))).processes[0]?.state).toBe(word);
  });

  test("is nothing when it is a zombie or gone", async () => {
    put({ pid: 5, state: "Z" });
    expect((await look(listed(5), listed(6))).processes).toEqual([]);
  });

  test("are empty arguments too, but not the nothing behind a name that it gave itself", async () => {
    put({ pid: 5, files: { cmdline: "echo\0\0x\0" } });
    put({ pid: 6, files: { cmdline: "nginx: master\0\0\0\0" } });
    put({ pid: 7, files: { cmdline: "no end" } });
    put({ pid: 8, files: { cmdline: "" } });
    const { processes } = await look(listed(5), listed(6), listed(7), listed(8));
    expect(processes.map(({ argv }) => argv)).toEqual([["echo", "", "x"], ["nginx: master"], ["no end"], []]);
  });

  test("are whole arguments only, up to a limit", async () => {
    const long = "x".repeat(ARGUMENTS_LIMIT_BYTES - 4);
    put({ pid: 5, files: { cmdline: `cc\0${long}\0` } });
    put({ pid: 6, files: { cmdline: `cc\0${long}yy\0` } });
    const { processes } = await look(listed(5), listed(6));
    expect(processes[0]).toMatchObject({ argv: ["cc", long], isCut: false });
    expect(processes[1]).toMatchObject({ argv: ["cc"], isCut: true });
  });
});

test("the eldest come first, and those beyond the limit are counted", async () => {
  const pids = Array.from({ length: EXAMINED_LIMIT + 3 }, (_, place) => place + 10);
  for (const pid of pids) put({ pid });
  const { processes, leftOutCount } = await look(...pids.toReversed().map((pid) => listed(pid)));
  expect(processes.map(({ pid }) => pid)).toEqual(pids.slice(0, EXAMINED_LIMIT));
  expect(leftOutCount).toBe(3);
});
