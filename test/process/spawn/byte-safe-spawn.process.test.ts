// Programs whose words, variables or directory hold bytes that are not UTF-8.
import { readFileSync, readlinkSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemBytes, systemText } from "../../../src/base/encoding/system-text.ts";
import { toSpawnable } from "../../../src/process/spawn/byte-safe-spawn.ts";
import { PipePool } from "../../../src/process/spawn/pipe-pool.ts";
import { runsEveryRow } from "../../support/sized.ts";
import { runProgram, watchRun } from "../run-program.ts";

const RAW = systemText(Buffer.from([0x61, 0xe9, 0x62]));
const PATH = process.env["PATH"] ?? "/usr/bin:/bin";

const pipes = new PipePool({ onFallback: () => {} });
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "buildhand-raw-"));
});

afterAll(async () => {
  pipes.close();
  await rm(scratch, { recursive: true, force: true });
});

/** What the system knows of a program, in characters that stand for bytes. */
async function seenOf(words: readonly string[], env: Record<string, string>, cwd = scratch) {
  // No shell, which would stumble over some of the variables.
  const program = [process.execPath, "-e", "console.log('on'); setTimeout(() => {}, 600_000)", "--", ...words];
  const watched = watchRun(pipes, program, { env, cwd });
  await watched.untilPrinted("on\n");
  const place = `/proc/${watched.run.pid}`;
  const facts = (name: string) => readFileSync(`${place}/${name}`, "latin1").split("\0").slice(0, -1);
  const directory = readlinkSync(`${place}/cwd`, "latin1");
  const seen = { words: facts("cmdline").slice(4), variables: facts("environ"), directory };
  watched.run.interrupt("interrupted");
  await watched.outcome;
  return seen;
}

describe("a program with bytes that are not UTF-8", () => {
  it("gets its words byte for byte", async () => {
    const all = Buffer.from(Array.from({ length: 255 }, (_, byte) => byte + 1));
    const words = ["", "plain", 'it\'s "$HOME" `x` \\ % \\n %s', "é\n", RAW, systemText(all), "-x", "\n"];
    const seen = await seenOf(words, { PATH });
    expect(seen.words).toEqual([
      "",
      "plain",
      'it\'s "$HOME" `x` \\ % \\n %s',
      Buffer.from("é\n").toString("latin1"),
      "a\u00e9b",
      all.toString("latin1"),
      "-x",
      "\n",
    ]);
  });

  it("gets just the variables that it was given, byte for byte", async () => {
    const env = {
      PATH,
      RAW,
      PLAIN: "x'y",
      EMPTY: "",
      [RAW]: RAW,
      "with.dot": "1",
      "BASH_FUNC_f%%": "() { :; }",
      LANG: "C",
      LC_ALL: "xx_XX.Shift_JIS",
      SHLVL: "7",
      OPTIND: "x",
      IFS: " x",
      PWD: "/elsewhere",
      OLDPWD: "/before",
      _: "under",
      UID: "5",
    };
    const { variables } = await seenOf(["w"], env);
    const expected = Object.entries(env).map(([name, value]) => `${name}=${value}`.replaceAll("\udce9", "\u00e9"));
    expect(variables.toSorted()).toEqual(expected.toSorted());
  });

  it("runs in a directory with such a name, whose PWD is as given and OLDPWD is not made up", async () => {
    const directory = Buffer.concat([Buffer.from(`${scratch}/`), Buffer.from([0xe9])]);
    await mkdir(directory);
    const cwd = systemText(directory);
    const seen = await seenOf(["w"], { PATH, PWD: cwd }, cwd);
    expect(seen.directory).toBe(`${scratch}/\u00e9`);
    expect(seen.variables.toSorted()).toEqual([`PATH=${PATH}`, `PWD=${scratch}/\u00e9`].toSorted());
  });

  it("is the process that was started, and leads its session", async () => {
    const watched = watchRun(pipes, ["sh", "-c", "ps -o pid=,sid=,pgid= -p $$; echo done; sleep 600", RAW]);
    await watched.untilPrinted("done");
    const pid = watched.run.pid ?? 0;
    expect(`${watched.printed("stdout")}`.split("\n")[0]?.trim().split(/ +/)).toEqual([pid, pid, pid].map(String));
    // The launching shell is gone, and nothing of it stays in a process listing or an environment.
    expect(readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0")[0]).toBe("sh");
    expect(readFileSync(`/proc/${pid}/environ`, "latin1")).not.toContain("BUILDHAND_LAUNCH");
    watched.run.interrupt("interrupted");
    expect(await watched.outcome).toMatchObject({ type: "signaled", signal: "SIGKILL" });
  });

  it("has the same descriptors as any other", async () => {
    const list = ["sh", "-c", "ls /proc/$$/fd"];
    const raw = await runProgram(pipes, [...list, RAW]);
    expect(raw.stdout).toBe((await runProgram(pipes, list)).stdout);
    expect(raw.stdout).toMatch(/^0\n1\n2\n/);
  });

  it("reads its input", async () => {
    const { stdout } = await runProgram(pipes, ["cat", "-", "--", "/dev/null"], {
      env: { PATH, RAW },
      stdin: Buffer.from([0x78, 0xff]),
    });
    expect(Buffer.from(stdout)).toEqual(Buffer.from("x\ufffd"));
  });

  it("ends with the program's own status", async () => {
    const { outcome } = await runProgram(pipes, ["sh", "-c", "exit 3", RAW]);
    expect(outcome).toMatchObject({ type: "exited", code: 3 });
  });

  it("is looked for in the PATH of its environment, or in the system's without one", async () => {
    await mkdir(join(scratch, "bin"), { recursive: true });
    await writeFile(join(scratch, "bin", "only-here"), '#!/bin/sh\necho "$0" "$#"\n', { mode: 0o755 });
    const env = { PATH: `/nowhere:${scratch}/bin:/usr/bin:/bin`, RAW };
    expect((await runProgram(pipes, ["only-here", RAW], { env })).stdout).toBe(`${scratch}/bin/only-here 1\n`);
    const inPlace = { env: { PATH: ":/usr/bin:/bin", RAW }, cwd: join(scratch, "bin") };
    expect((await runProgram(pipes, ["only-here", RAW], inPlace)).stdout).toMatch(/only-here 1\n$/);
    expect((await runProgram(pipes, ["echo", "x"], { env: { RAW } })).stdout).toBe("x\n");
    expect((await runProgram(pipes, ["bin/only-here"], { env: { RAW, PATH }, cwd: scratch })).stdout).toBe(
      "bin/only-here 0\n",
    );
  });

  it("may have a name with an equals sign or a hyphen at its start", async () => {
    for (const name of ["a=b", "-c"]) {
      await symlink("/bin/echo", join(scratch, name));
      const env = { PATH: `${scratch}:${PATH}`, RAW };
      expect((await runProgram(pipes, [name, "said"], { env })).stdout).toBe("said\n");
    }
  });

  it("runs as a script without a first line like any other", async () => {
    await writeFile(join(scratch, "script"), "echo in sh $#\n", { mode: 0o755 });
    expect((await runProgram(pipes, ["./script", RAW], { cwd: scratch })).stdout).toBe("in sh 1\n");
  });

  it("may have as many words as the system takes", async () => {
    const words = Array<string>(8).fill(systemText(Buffer.alloc(60_000, 0xe9)));
    const { stdout } = await runProgram(pipes, ["sh", "-c", 'printf %s "$@" | wc -c', "sh", ...words]);
    expect(stdout.trim()).toBe("480000");
  });

  it.each([
    ["a program that is not there", ["no-such-program", RAW], {}],
    ["a path that is not there", ["/no/such/program", RAW], {}],
    ["a path without permission", ["/etc/hostname", RAW], {}],
    ["a directory", ["/tmp", RAW], {}],
    ["a program with bytes in its name", [RAW], {}],
    ["a directory that is not there", ["true", RAW], { cwd: "/no/such/directory" }],
    ["a NUL", ["true", `${RAW}\0`], {}],
    ["no program", ["", RAW], {}],
  ])("fails for %s as any other does", async (_what, argv, changes) => {
    const raw = await runProgram(pipes, argv, changes);
    const plain = await runProgram(
      pipes,
      argv.map((word) => word.replace(RAW, "x")),
      { ...changes, shownProgram: argv[0] },
    );
    expect(raw.outcome).toMatchObject({ type: "start-failed" });
    if (raw.outcome.type !== "start-failed" || plain.outcome.type !== "start-failed") throw new Error("it started");
    expect(raw.outcome.error.message).toBe(plain.outcome.error.message);
    expect(raw.stderr).toBe("");
  });

  it("fails for a script whose interpreter is missing as any other does", async () => {
    await writeFile(join(scratch, "orphan"), "#!/no/such/interpreter -x\n");
    await chmod(join(scratch, "orphan"), 0o755);
    const [raw, plain] = await Promise.all(
      [[RAW], []].map((words) => runProgram(pipes, ["./orphan", ...words], { cwd: scratch })),
    );
    expect(raw?.outcome).toMatchObject({ type: "start-failed" });
    expect(JSON.stringify(raw?.outcome)).toBe(JSON.stringify(plain?.outcome));
  });

  it("gets any words and variables as they are", async () => {
    const bytes = fc.uint8Array({ max: 255, min: 1, maxLength: 12 }).map((some) => systemText(Buffer.from(some)));
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { maxLength: 4 }), bytes, async (words, value) => {
        const program = ["sh", "-c", 'printf "%s\\0" "$@" "$VALUE" | od -An -v -tx1', "sh", ...words, RAW];
        const { stdout } = await runProgram(pipes, program, { env: { PATH, VALUE: value } });
        const expected = Buffer.concat(
          [...words, RAW, value].map((word) => Buffer.concat([systemBytes(word), Buffer.of(0)])),
        );
        expect(stdout.replaceAll(/\s/g, "")).toBe(expected.toString("hex"));
      }),
      { numRuns: runsEveryRow ? 40 : 15 },
    );
  });
});

describe("launchable", () => {
  it("leaves a program alone that Node can start", () => {
    const program = { argv: ["true", "é", "a\0b"], cwd: "/tmp/ü", env: { PATH: "/bin", Ä: "ö" } };
    expect(toSpawnable(program)).toBe(program);
  });

  it("keeps all arguments and values out of the shell's arguments", () => {
    const { argv, env } = toSpawnable({ argv: ["true", "hidden", RAW], cwd: "/", env: { PATH, SECRET: "s3cret" } });
    expect(argv.join(" ")).not.toMatch(/hidden|s3cret/);
    expect(Object.keys(env).toSorted()).toEqual(["BUILDHAND_LAUNCH_0", "PATH"]);
  });
});
