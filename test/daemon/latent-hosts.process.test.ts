// The unit for latent hosts in the guide, run as systemd would, with a stand-in for shutdown: the host shuts down with its
// worker, and only when it should.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { FakeMaster } from "../support/fake-master.ts";
import { type Installation, install, logged, makeBasedir } from "./worker-program.ts";

const PAGE = "docs/guide/services-and-containers.md";
/** A port without a server: listening there requires privileges. */
const DEAD_PORT = 1;

let installation: Installation;
let master: FakeMaster;

beforeAll(async () => {
  installation = install();
  master = await FakeMaster.listen();
});
afterEach(async () => {
  for (const socket of master.sockets) socket.destroy();
});
afterAll(async () => {
  await installation.remove();
  await master.close();
});

const [, unit = ""] = /^```ini\n(.*?)^```$/ms.exec(readFileSync(PAGE, "utf8")) ?? [];

/** The value of a setting that occurs once. */
function setting(name: string): string {
  const values = [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))];
  expect(values, `${name} in the unit of ${PAGE}`).toHaveLength(1);
  return values[0]?.[1] ?? "";
}

/** The words of a command line, by the rules of systemd that the unit uses: single quotes, and `$$` for a dollar. */
function words(line: string): readonly string[] {
  const found = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
  return found.map((word) => word.replaceAll("$$", "$"));
}

interface Host {
  readonly basedir: string;
  /** What ExecStart runs. */
  readonly start: () => ReturnType<Installation["start"]>;
  /** Runs ExecStopPost for a service that ended so; tells how shutdown was called. */
  stopPost(status: string): readonly string[];
}

function latentHost(port: number): Host {
  const directory = installation.newPath();
  mkdirSync(directory);
  const basedir = makeBasedir(join(directory, "worker"), { port, variables: { maxretries: "2" } });
  const calls = join(directory, "calls");
  const standIn = join(directory, "shutdown");
  writeFileSync(standIn, `#!/bin/sh\necho "$*" >>'${calls}'\n`);
  chmodSync(standIn, 0o755);
  return {
    basedir,
    start() {
      const [program, ...argv] = words(setting("ExecStart"));
      expect(program).toBe("buildhand");
      return installation.start(argv.map((word) => (word === "/var/lib/buildbot/worker" ? basedir : word)));
    },
    stopPost(status) {
      const [program = "", ...argv] = words(setting("ExecStopPost").replace(/^\+/, ""));
      execFileSync(program, argv, { env: { PATH: `${directory}:/usr/bin:/bin`, EXIT_STATUS: status } });
      return existsSync(calls) ? readFileSync(calls, "utf8").trimEnd().split("\n") : [];
    },
  };
}

/** As systemd tells it to ExecStopPost. */
async function endOf(program: ReturnType<Host["start"]>): Promise<string> {
  const { code, signal } = await program.ended;
  return signal?.replace(/^SIG/, "") ?? String(code);
}

it("a worker that finds no master ends, is not started again, and the host is shut down", async () => {
  const host = latentHost(DEAD_PORT);
  const status = await endOf(host.start());
  expect(status).toBe(setting("RestartPreventExitStatus"));
  expect(host.stopPost(status)).toEqual(["now"]);
});

it("a worker that its master shuts down ends, and the host is shut down", async () => {
  const host = latentHost(master.port);
  const program = host.start();
  const attached = await master.nextWorker();
  await attached.call("shutdown");
  const status = await endOf(program);
  expect(setting("Restart")).toBe("on-failure");
  expect(setting("OOMPolicy")).toBe("continue");
  expect(status).toBe("0");
  expect(host.stopPost(status)).toEqual(["now"]);
});

it("a worker that an administrator stops ends, and the host stays on", async () => {
  const host = latentHost(master.port);
  const program = host.start();
  await master.nextWorker();
  await logged(host.basedir, "worker is ready");
  program.child.kill("SIGTERM");
  expect(host.stopPost(await endOf(program))).toEqual([]);
});

it.each(["70", "KILL", "ABRT"])("a worker that crashes with %s is started again, and the host stays on", (status) => {
  expect(latentHost(DEAD_PORT).stopPost(status)).toEqual([]);
});
