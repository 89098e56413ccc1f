// The receipts of commands against what /usr/bin/time measured of the same programs.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, expect, it } from "vitest";
import { lackOfControlGroups, makeRealGroup } from "../process/real-control-group.ts";
import { type CommandReport, FakeMaster } from "../support/fake-master.ts";
import { sized } from "../support/sized.ts";
import { command } from "./background-workers.ts";
import { install, makeBasedir } from "./worker-program.ts";

const COMMANDS = sized(3, 20);
/** How often a command may be run until it agrees. */
const ROUNDS = 5;
const AT_ONCE = 2;
const TIME = "/usr/bin/time";

const installation = install();
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => installation.remove());

const lack = lackOfControlGroups() ?? (existsSync(TIME) ? undefined : `there is no ${TIME}`);
if (lack !== undefined) console.warn(`NOT RUN: receipts against ${TIME}: ${lack}`);

async function measuringWorker(options: readonly string[], under: readonly string[] = []) {
  const master = await FakeMaster.listen();
  ends.push(() => master.close());
  const basedir = makeBasedir(installation.newPath(), { port: master.port });
  const program = installation.start(["start", "--nodaemon", ...options, basedir], { under });
  ends.push(() => {
    program.child.kill("SIGTERM");
    return program.ended;
  });
  const attached = await master.nextWorker();
  const builders = await attached.setBuilders(...Array.from({ length: COMMANDS }, (_, n) => `b${n}`));
  const run = (command: string, n = 0) =>
    attached.run(builders.get(`b${n}`)!, "shell", { command, workdir: ".", logEnviron: false });
  return { basedir, run };
}

/** What `status --json` prints. */
async function lastCommand(basedir: string): Promise<Record<string, unknown>> {
  const { lines } = await command(["status", "--json", basedir]);
  const found = JSON.parse(lines.join("\n")) as {
    process: { workers: [{ last_commands: [Record<string, unknown>] }] };
  };
  return found.process.workers[0].last_commands[0];
}

const RECEIPT =
  /^buildhand: receipt: ([\d.]+) s wall; CPU ([\d.]+) s \(user ([\d.]+) s, system ([\d.]+) s\); stalled for CPU (.+), for memory (.+), for I\/O (.+); peak memory (.+); read (.+), written (.+); processes left (\d+)$/m;

function receiptIn(report: CommandReport): readonly string[] {
  const found = RECEIPT.exec(report.text("header"));
  expect(report.text("header")).toMatch(RECEIPT);
  return found ?? [];
}

function near(measured: number, told: number): boolean {
  return Math.abs(measured - told) <= Math.max(0.05 * measured, 0.02);
}

it.skipIf(lack !== undefined)(
  `are those of ${TIME}, for ${COMMANDS} commands${lack === undefined ? "" : ` (not run: ${lack})`}`,
  async () => {
    const group = makeRealGroup();
    ends.unshift(() => group.remove());
    const { basedir, run } = await measuringWorker(
      ["--cgroups=on", "--receipt-after=0.5"],
      ["sh", "-c", 'echo $$ >"$0/cgroup.procs"; exec "$@"', group.directory],
    );
    const burn = (turns: number) => `i=0; while [ $i -lt ${turns} ]; do i=$((i+1)); done; sleep 1`;
    const disagreement = (report: CommandReport) => {
      const [, wall, cpu, user, system, cpuStall, , , peak, , , left] = receiptIn(report);
      const of = (label: string) => new RegExp(`${label}.*: ([\\d:.]+)$`, "m").exec(report.text("stderr"))?.[1] ?? "";
      const [minutes = "", seconds = ""] = of("Elapsed").split(":");
      const timed = {
        wall: Number(minutes) * 60 + Number(seconds),
        cpu: Number(of("User time")) + Number(of("System time")),
      };
      expect(Number(user) + Number(system)).toBeCloseTo(Number(cpu), 2);
      expect(cpuStall).toMatch(existsSync(join(group.directory, "cpu.pressure")) ? /^\d+\.\d{3} s$/ : /^not known$/);
      expect(peak).toMatch(existsSync(join(group.directory, "memory.peak")) ? /^\d+ bytes$/ : /^not known$/);
      expect(left).toBe("0");
      const agrees = near(timed.wall, Number(wall)) && near(timed.cpu, Number(cpu));
      return agrees ? undefined : { timed, wall, cpu };
    };
    let left = Array.from({ length: COMMANDS }, (_, n) => n);
    let wrong: unknown[] = [];
    // On a busy machine one of the two clocks starts or stops late now and then: what disagrees is run again.
    for (let round = 0; left.length > 0 && round < ROUNDS; round += 1) {
      const found: (readonly [number, unknown])[] = [];
      // A few at a time: a worker that starts twenty at once sees some of them end late.
      for (let at = 0; at < left.length; at += AT_ONCE) {
        const some = left.slice(at, at + AT_ONCE);
        const reports = await Promise.all(some.map((one) => run(`exec ${TIME} -v sh -c '${burn(one * 20_000)}'`, one)));
        found.push(...reports.map((report, index) => [some[index]!, disagreement(report)] as const));
      }
      const disagreeing = found.filter(([, what]) => what !== undefined);
      left = disagreeing.map(([n]) => n);
      wrong = disagreeing.map(([, what]) => what);
    }
    expect(wrong).toEqual([]);
    // A short one has none in its log, but one in status.
    expect((await run("true")).text("header")).not.toContain("receipt");
    expect((await lastCommand(basedir))["receipt"]).toMatchObject({
      wall_seconds: expect.any(Number),
      cpu_seconds: expect.any(Number),
      read_bytes: null,
    });
  },
);

it("claim nothing without a control group but the time, and name what is left", async () => {
  const { run, basedir } = await measuringWorker(["--cgroups=off", "--receipt-after=0.001"]);
  const report = await run("sleep 100 >/dev/null 2>&1 & echo $! >pid; true");
  const unknown =
    "CPU not known; stalled for CPU not known, for memory not known, for I/O not known; peak memory not known; read not known, written not known";
  expect(report.text("header").replace(/[\d.]+ s wall/, "N s wall")).toContain(
    `buildhand: receipt: N s wall; ${unknown}; processes left 1\n`,
  );
  process.kill(Number(readFileSync(join(basedir, "b0/pid"), "utf8")), "SIGKILL");
});

it("are not there until they are asked for", async () => {
  const { run, basedir } = await measuringWorker([]);
  expect((await run("sleep 0.01")).text("header")).not.toContain("receipt");
  expect(Object.keys(await lastCommand(basedir))).not.toContain("receipt");
});
