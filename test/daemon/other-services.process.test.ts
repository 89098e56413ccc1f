// The launchd job and the rc.d script of docs/guide/other-systems.md, as far as Linux can run them.
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FakeMaster } from "../support/fake-master.ts";
import { rareTest } from "../support/sized.ts";
import { greetAll, killWorker } from "./background-workers.ts";
import { type Installation, install, logged, makeBasedir } from "./worker-program.ts";

const PAGE = readFileSync("docs/guide/other-systems.md", "utf8");
const block = (language: string) => new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms").exec(PAGE)?.[1] ?? "";

let installation: Installation;
let master: FakeMaster;
let basedir: string;

beforeAll(async () => {
  installation = install();
  master = await FakeMaster.listen({ onShutdown: () => null });
  greetAll(master);
});
afterAll(async () => {
  if (basedir !== undefined) await killWorker(basedir);
  await installation.remove();
  await master.close();
});

it("the launchd job runs the worker in the foreground until SIGTERM", async () => {
  const job = block("xml");
  const place = makeBasedir(installation.newPath(), { port: master.port });
  const [, words = ""] = /<key>ProgramArguments<\/key>\s*<array>(.*?)<\/array>/s.exec(job) ?? [];
  const argv = [...words.matchAll(/<string>(.*?)<\/string>/g)].map(([, word = ""]) => word);
  expect(argv[0]).toMatch(/\/buildhand$/);
  expect(job).toContain(`<string>${argv.at(-1)}</string>\n  <key>EnvironmentVariables`);
  const worker = installation.start([...argv.slice(1, -1), place], { cwd: place });
  await logged(place, "message from master: attached");
  worker.child.kill("SIGTERM");
  expect(await worker.ended).toEqual({ code: null, signal: "SIGTERM" });
});

rareTest("the rc.d script starts, asks, restarts and stops the worker as its user", 180_000, async () => {
  basedir = makeBasedir(installation.newPath(), { port: master.port });
  const tools = installation.newPath();
  mkdirSync(tools);
  const write = (name: string, text: string) => {
    writeFileSync(join(tools, name), text);
    chmodSync(join(tools, name), 0o755);
  };
  write("rc.subr", `load_rc_config() { buildhand_basedir='${basedir}'; }\nrun_rc_command() { eval "\\$\${1}_cmd"; }\n`);
  write("su", `#!/bin/sh\n[ "$1 $2 $3" = "-m buildbot -c" ] && exec sh -c "$4"\n`);
  symlinkSync(installation.executable, join(tools, "buildhand"));
  const path = `PATH=${tools}:${dirname(process.execPath)}:`;
  const script = block("rc").replace("/etc/rc.subr", join(tools, "rc.subr")).replace("PATH=", path);
  write("buildhand.rc", script);
  const run = (verb: string) =>
    new Promise((resolve) => {
      const env = { PATH: `${tools}:/usr/bin:/bin` };
      const child = execFile("sh", [join(tools, "buildhand.rc"), verb], { env, timeout: 60_000 }, (_error, stdout) =>
        resolve({ code: child.exitCode, stdout }),
      );
    });
  expect(await run("start")).toEqual({ code: 0, stdout: expect.stringContaining("started correctly") });
  expect(await run("status")).toEqual({ code: 0, stdout: expect.stringContaining("attached to") });
  expect(await run("restart")).toEqual({ code: 0, stdout: expect.stringContaining("now restarting") });
  expect(await run("stop")).toEqual({ code: 0, stdout: expect.stringMatching(/^worker process \d+ is dead\n$/) });
  expect(existsSync(join(basedir, "twistd.pid"))).toBe(false);
});
