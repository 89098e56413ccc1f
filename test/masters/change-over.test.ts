// Runs the commands of the guide's change-over page: Buildbot's worker is replaced by Buildhand's and comes back.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { killWorker } from "../daemon/background-workers.ts";
import { CHANGE_OVER, commandsOf } from "../repo/page-commands.ts";
import { describeWithMaster } from "./support/availability.ts";
import { shell } from "./support/description.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";

const NAME = "example-worker";

describeWithMaster("changing over, as the guide has it", () => {
  let master: TestMaster;
  let home = "";

  beforeAll(async () => {
    master = await startMaster({
      workers: [{ name: NAME, password: "pass" }],
      builders: [{ name: "b", workers: [NAME], steps: [shell("step", "true")] }],
    });
    home = join(master.root, "home");
    mkdirSync(join(home, "bin"), { recursive: true });
    symlinkSync(resolve("bin/buildhand.js"), join(home, "bin", "buildhand"));
  });

  afterAll(async () => {
    await killWorker(join(home, "worker"));
    await master?.end();
  });

  async function run(command: string): Promise<{ code: number | null; printed: string }> {
    const PATH = `${join(home, "bin")}${delimiter}${process.env["PATH"]}`;
    const child = spawn("sh", ["-c", command], { env: { ...process.env, HOME: home, PATH } });
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (printed += chunk));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, printed };
  }

  test("every command works, and each worker attaches", async () => {
    await run(`buildbot-worker create-worker -q ~/worker 127.0.0.1:${master.ports.pb} ${NAME} pass`);
    await run("buildbot-worker start ~/worker");
    await master.workerAttached(NAME);
    const commands = commandsOf(CHANGE_OVER);
    expect(commands.filter((command) => /^(?:buildhand|buildbot-worker) start /.test(command))).toHaveLength(2);
    for (const command of commands) {
      const { code, printed } = await run(command);
      expect(code, `${command}: ${printed}`).toBe(command.includes("doctor") ? 2 : 0);
      if (command.includes(" start ")) await master.workerAttached(NAME);
      if (command.includes(" stop ")) await master.workerDetached(NAME);
      if (command.includes("--version")) expect(printed).toContain("Node.js");
    }
  });
});
