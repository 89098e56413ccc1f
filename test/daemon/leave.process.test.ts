// The end of the program where something holds it: a thread that waits for what never answers, a handle that nobody closed,
// and a container, whose process 1 dies of no signal of its own.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noPidNamespace, PID_NAMESPACE } from "../support/pid-namespace.ts";
import { poll } from "../support/poll.ts";
import { rareTest, rowsOf } from "../support/sized.ts";
import { type Installation, install, logged, logOf, makeBasedir, type WorkerProgram } from "./worker-program.ts";

/** A port without a server: listening there requires privileges. */
const DEAD_PORT = 1;
const STUCK = "a file server or name server does not respond: exiting without the thread that waits for it";
/** From Node.js 22.15 on a process can become another, and so end with a code whatever its threads do. */
const canBecome = "execve" in process;

let installation: Installation;
beforeAll(() => {
  installation = install();
});
afterAll(() => installation.remove());

interface Wish {
  /** JavaScript that the process runs before the program. */
  readonly first: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly under?: readonly string[];
}

function start({ first, variables = {}, under = [] }: Wish): { basedir: string; program: WorkerProgram } {
  const basedir = makeBasedir(installation.newPath(), {
    port: DEAD_PORT,
    variables: { maxdelay: "300", allow_shutdown: "'signal'", ...variables },
  });
  const script = join(basedir, "first.mjs");
  writeFileSync(script, first);
  const environment = { NODE_OPTIONS: `--import=${pathToFileURL(script).href}` };
  return { basedir, program: installation.start(["start", "--nodaemon", basedir], { environment, under }) };
}

/** A thread waits forever, as for a dead file server: nobody opens the other end of the FIFO. */
const STUCK_THREAD = `
import { execFileSync } from "node:child_process";
import { open } from "node:fs";
import { fileURLToPath } from "node:url";
const fifo = fileURLToPath(new URL("fifo", import.meta.url));
execFileSync("mkfifo", [fifo]);
open(fifo, () => {});
`;
const STRAY_HANDLE = "setInterval(() => {}, 1_000_000);";

const endedWith = (code: number) => (canBecome ? { code, signal: null } : { code: null, signal: "SIGKILL" });

describe("with a blocked thread, a worker ends", () => {
  it("on request", async () => {
    const { basedir, program } = start({ first: STUCK_THREAD });
    await logged(basedir, "Scheduling retry 1");
    program.child.kill("SIGHUP");
    expect(await program.ended).toEqual(endedWith(0));
    expect(logOf(basedir).slice(-2)).toEqual(["Server Shut Down.", STUCK]);
    expect(program.complained).toBe("");
  });

  rareTest("that gives up", 180_000, async () => {
    const { basedir, program } = start({ first: STUCK_THREAD, variables: { maxretries: "1" } });
    expect(await program.ended).toEqual(endedWith(75));
    expect(logOf(basedir).at(-1)).toBe(STUCK);
  });

  it("after a bug", async () => {
    const bug = `process.once("SIGWINCH", () => { throw new Error("a bug"); });`;
    const { basedir, program } = start({ first: `${STUCK_THREAD}${bug}` });
    await logged(basedir, "Scheduling retry 1");
    program.child.kill("SIGWINCH");
    expect(await program.ended).toEqual(endedWith(70));
    expect(logOf(basedir).join("\n")).toContain("Error: a bug");
  });

  rareTest("by the signal that ended it, at once", 180_000, async () => {
    const { basedir, program } = start({ first: STUCK_THREAD });
    await logged(basedir, "Scheduling retry 1");
    program.child.kill("SIGTERM");
    expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" });
    expect(logOf(basedir).at(-1)).toBe("Server Shut Down.");
  });
});

it("an open handle does not keep a worker running that has ended", async () => {
  const { basedir, program } = start({ first: STRAY_HANDLE });
  await logged(basedir, "Scheduling retry 1");
  program.child.kill("SIGHUP");
  expect(await program.ended).toEqual({ code: 0, signal: null });
});

/** The process that `unshare` has started, by the number that it has out here. */
function processOneOf({ child }: WorkerProgram): number {
  return Number.parseInt(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "latin1"), 10);
}

describe.skipIf(noPidNamespace !== "")(`process 1 of a container${noPidNamespace}`, () => {
  const signals: readonly [NodeJS.Signals, number][] = [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ];
  it.each(rowsOf(signals, ([signal]) => signal === "SIGTERM"))("ends by %s with %i", async (signal, code) => {
    const { basedir, program } = start({ first: "", under: PID_NAMESPACE });
    await logged(basedir, "Scheduling retry 1");
    process.kill(processOneOf(program), signal);
    expect(await program.ended).toEqual({ code, signal: null });
    expect(logOf(basedir).slice(-3)).toEqual([
      `Received ${signal}, shutting down.`,
      "Main loop terminated.",
      "Server Shut Down.",
    ]);
  });

  it("ends with a blocked thread, too", async () => {
    const { basedir, program } = start({ first: STUCK_THREAD, under: PID_NAMESPACE });
    await logged(basedir, "Scheduling retry 1");
    const processOne = processOneOf(program);
    process.kill(processOne, "SIGTERM");
    await logged(basedir, STUCK);
    const { code } = await program.ended;
    if (canBecome) expect(code).toBe(143);
    await poll("its end", () => !isThere(processOne));
  });
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // as expected in the end
  }
}
