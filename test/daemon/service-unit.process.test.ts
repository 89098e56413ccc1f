// The unit of docs/reference/services.md, run as systemd would: it starts, and a stop waits for the running build.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FakeMaster } from "../support/fake-master.ts";
import { type Installation, install, logged, makeBasedir } from "./worker-program.ts";

const PAGE = "docs/reference/services.md";
const [, unit = ""] = /^```ini\n(.*?)^```$/ms.exec(readFileSync(PAGE, "utf8")) ?? [];

let installation: Installation;
let master: FakeMaster;

beforeAll(async () => {
  installation = install();
  master = await FakeMaster.listen({ onShutdown: () => null });
});
afterAll(async () => {
  await installation.remove();
  await master.close();
});

/** The value of a setting that occurs once. */
function setting(name: string): string {
  const values = [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))];
  expect(values, `${name} in the unit of ${PAGE}`).toHaveLength(1);
  return values[0]?.[1] ?? "";
}

it("gives a drain more time than the worker takes for it, and signals nothing but the worker", () => {
  const [, limitSeconds] = /--drain-limit=(\d+)/.exec(setting("ExecStart")) ?? [];
  expect(Number(setting("TimeoutStopSec"))).toBeGreaterThan(Number(limitSeconds));
  expect(setting("KillMode")).toBe("mixed");
  // Otherwise systemd stops the whole unit when the kernel kills one of its processes for memory.
  expect(setting("OOMPolicy")).toBe("continue");
  expect(setting("Restart")).toBe("on-failure");
});

it("runs a worker that lets its build end when the service is stopped", async () => {
  const basedir = makeBasedir(installation.newPath(), { port: master.port });
  const [node, program, ...argv] = setting("ExecStart").split(" ");
  expect([node, program]).toEqual(["/usr/bin/node", "/usr/bin/buildhand"]);
  const worker = installation.start(argv.map((word) => (word === "/var/lib/buildbot/worker" ? basedir : word)));
  const attached = await master.nextWorker();
  await logged(basedir, "worker is ready");
  worker.child.kill("SIGTERM");
  await logged(basedir, "the master agreed");
  await attached.call("shutdown");
  expect(await worker.ended).toEqual({ code: null, signal: "SIGTERM" });
});
