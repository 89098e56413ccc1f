import { describe, expect, test } from "vitest";
import { COMMAND_LINE_LIMIT_CHARS, TREE_LIMIT_BYTES, treeLines } from "../../../src/commands/shell/tree-text.ts";
import { EXAMINED_LIMIT, type ExaminedProcess } from "../../../src/process/diagnosis/tree-report.ts";

const HEADING = "buildhand: processes at the timeout, before any signal:";

function one(pid: number, parent: number, changes: Partial<ExaminedProcess> = {}): ExaminedProcess {
  return {
    pid,
    parent,
    program: `p${pid}`,
    state: "sleeping",
    cpuSeconds: 0.5,
    threadCount: 1,
    waitsIn: [],
    argv: [`p${pid}`],
    isCut: false,
    ...changes,
  };
}

const lines = (processes: readonly ExaminedProcess[], leftOutCount = 0) =>
  treeLines({ processes, leftOutCount }, ({ argv }) => argv);

describe("the processes of a command", () => {
  test("stand below their parents, siblings in their order", () => {
    const processes = [one(10, 1), one(11, 10), one(12, 10), one(13, 11), one(14, 1)];
    expect(lines(processes)).toEqual([
      HEADING,
      "  10 sleeping, 0.50 s CPU: p10",
      "    11 sleeping, 0.50 s CPU: p11",
      "      13 sleeping, 0.50 s CPU: p13",
      "    12 sleeping, 0.50 s CPU: p12",
      "  14 sleeping, 0.50 s CPU: p14",
    ]);
  });

  test("say what they wait in and how many threads they have", () => {
    const [, line] = lines([one(10, 1, { waitsIn: ["do_wait", "kernel_wait4"], threadCount: 4, cpuSeconds: 12.345 })]);
    expect(line).toBe("  10 sleeping in do_wait < kernel_wait4, 12.35 s CPU, 4 threads: p10");
  });

  test("are shown all even if each is another's child", () => {
    expect(lines([one(10, 11), one(11, 10)])).toHaveLength(3);
  });

  test("are none without a heading", () => {
    expect(lines([])).toEqual([]);
  });

  test("are counted where there are too many", () => {
    expect(lines([one(10, 1)], 7).at(-1)).toBe("  and 7 more");
  });

  test("keep within the limit, however long their names and however deep they are", () => {
    const processes = Array.from({ length: EXAMINED_LIMIT }, (_, place) =>
      one(place + 10, place + 9, { argv: ["ü".repeat(COMMAND_LINE_LIMIT_CHARS - 10)] }),
    );
    const shown = lines(processes);
    expect(Buffer.byteLength(shown.join("\n"))).toBeLessThan(TREE_LIMIT_BYTES + 100);
    expect(shown.at(-1)).toBe(`  and ${EXAMINED_LIMIT - (shown.length - 2)} more`);
  });
});

describe("a command line", () => {
  const commandLine = (changes: Partial<ExaminedProcess>) => lines([one(10, 1, changes)])[1]?.split(": ")[1];

  test("is quoted where needed", () => {
    expect(commandLine({ argv: ["sh", "-c", "echo it's", ""] })).toBe(`sh -c 'echo it'"'"'s' ""`);
  });

  test("is the program's name when the system does not tell more", () => {
    expect(commandLine({ argv: [], program: "kworker\n" })).toBe("(kworker?)");
  });

  test("stays on its line and obeys no terminal", () => {
    expect(commandLine({ argv: ["a\nb\r\u001b[31m\u2028\u202E"] })).toBe("'a?b??[31m??'");
  });

  test("is cut between arguments only", () => {
    const word = "x".repeat(COMMAND_LINE_LIMIT_CHARS - 10);
    expect(commandLine({ argv: ["cc", word, "another", "more"] })).toBe(`cc ${word} ...`);
    expect(commandLine({ argv: ["cc", `${word}${word}`, "b"] })).toBe("cc <1980 characters> b");
    expect(commandLine({ argv: ["cc"], isCut: true })).toBe("cc ...");
  });
});
