// What systemd is told by a worker that it runs: with a `systemd-notify` of the test's that writes down what it is given.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { FakeMaster } from "../../support/fake-master.ts";
import { poll } from "../../support/poll.ts";
import { rareTest, rowsOf } from "../../support/sized.ts";
import { type Installation, install, logged, logOf, makeBasedir } from "../worker-program.ts";

const DEAD_PORT = 1;
const SOCKET = "/run/systemd/notify-of-the-test";

let installation: Installation;
const closings: (() => unknown)[] = [];

beforeAll(() => {
  installation = install();
});
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});
afterAll(() => installation.remove());

interface ServiceOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly words?: readonly string[];
  /** Of the `systemd-notify`; none: there is none. */
  readonly script?: string | undefined;
}

const NOTES = 'printf "%s|" "$NOTIFY_SOCKET" "$@" >> "$0.notes"; echo >> "$0.notes"';

function startService(port: number, { environment = {}, words = [], script = NOTES }: ServiceOptions = {}) {
  const basedir = makeBasedir(installation.newPath(), { port });
  const tools = installation.newPath();
  mkdirSync(tools);
  const tool = join(tools, "systemd-notify");
  if (script !== "") {
    writeFileSync(tool, `#!/bin/sh\n${script}\n`);
    chmodSync(tool, 0o755);
  }
  const program = installation.start(["start", "--nodaemon", ...words, basedir], {
    environment: {
      PATH: script === "" ? tools : `${tools}:/usr/bin:/bin`,
      NOTIFY_SOCKET: SOCKET,
      ...environment,
    },
  });
  closings.push(async () => {
    program.child.kill("SIGKILL");
    await program.ended;
  });
  const notes = () =>
    existsSync(`${tool}.notes`) ? readFileSync(`${tool}.notes`, "utf8").split("\n").slice(0, -1) : [];
  const told = (text: string) =>
    poll(`"${text}" in what systemd was told`, () => notes().some((note) => note.includes(text)), {
      logs: () => ({ notes: notes().join("\n"), "twistd.log": logOf(basedir).join("\n") }),
    });
  return { basedir, program, notes, told };
}

describe("a service of systemd", () => {
  it("feeds its watchdog and is ready while its master is down, and tells when it is attached and when no more", async () => {
    const first = await FakeMaster.listen();
    const { port } = first;
    await first.close();
    const { notes, told, program } = startService(port, { environment: { WATCHDOG_USEC: "400000" } });
    await poll("some pings", () => notes().filter((note) => note.includes("WATCHDOG=1")).length >= 4);
    await told(`STATUS=not attached to 127.0.0.1:${port}: TCP: cannot connect`);
    expect(notes()[0]).toMatch(new RegExp(`^${SOCKET}\\\\|READY=1\\\\|`));
    const master = await FakeMaster.listen({}, port);
    closings.push(() => master.close());
    await told(`STATUS=attached to 127.0.0.1:${port}|`);
    for (const socket of master.sockets) socket.destroy();
    program.child.kill("SIGTERM");
    expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" });
    await told("STOPPING=1|");
    expect(notes().filter((note) => note.includes("READY"))).toHaveLength(1);
  });

  rareTest("tells of a drain, which is no end yet", 180_000, async () => {
    const master = await FakeMaster.listen();
    closings.push(() => master.close());
    const { told, notes, program, basedir } = startService(master.port);
    const attached = await master.nextWorker();
    const builder = (await attached.setBuilders("b1")).get("b1")!;
    await attached.startCommand(builder, "shell", { command: "sleep 1000", workdir: ".", logEnviron: false });
    program.child.kill("SIGUSR2");
    await logged(basedir, "draining: requested by SIGUSR2");
    await told(`STATUS=draining; attached to 127.0.0.1:${master.port}|`);
    expect(notes().join("\n")).not.toMatch(/STOPPING|WATCHDOG/);
  });

  rareTest("feeds no watchdog of another process", 180_000, async () => {
    const { notes, told } = startService(DEAD_PORT, { environment: { WATCHDOG_USEC: "1000", WATCHDOG_PID: "1" } });
    await told("STATUS=not attached");
    expect(notes().join("\n")).not.toContain("WATCHDOG");
  });

  rareTest("does not run it many times for a master that comes and goes", 180_000, async () => {
    const master = await FakeMaster.listen();
    closings.push(() => master.close());
    const { notes, basedir } = startService(master.port);
    const began = Date.now();
    for (let connection = 0; connection < 6; connection += 1) {
      await master.nextWorker();
      await poll("ready", () => logOf(basedir).filter((text) => text.includes("worker is ready")).length > connection);
      for (const socket of master.sockets) socket.destroy();
    }
    expect(notes().length).toBeLessThanOrEqual(2 + (Date.now() - began) / 1000);
  });

  it("keeps what systemd has told it from builds", async () => {
    const master = await FakeMaster.listen();
    closings.push(() => master.close());
    const environment = {
      WATCHDOG_USEC: "60000000",
      CREDENTIALS_DIRECTORY: "/run/c",
      LISTEN_FDS: "1",
      LISTEN_PID: "7",
    };
    const { told } = startService(master.port, { environment });
    const attached = await master.nextWorker();
    const builder = (await attached.setBuilders("b1")).get("b1")!;
    const report = await attached.run(builder, "shell", { command: "env", workdir: ".", logEnviron: true });
    const info = JSON.stringify([
      ...(((await attached.call("getWorkerInfo")) as unknown as Map<string, unknown>).get("environ") as Map<
        string,
        string
      >),
    ]);
    for (const text of [report.text("stdout"), report.text("header"), info]) {
      expect(text).toContain("LANG");
      expect(text).not.toMatch(/NOTIFY_SOCKET|WATCHDOG|CREDENTIALS|LISTEN_/);
    }
    await told("READY=1");
  });

  const failures = [
    ["is not there", "", "No such file or directory"],
    ["fails", "echo no such socket >&2; exit 1", "no such socket"],
  ] as const;
  it.each(rowsOf(failures, (_, at) => at === 1))(
    "says once in its log that systemd-notify %s",
    async (_, script, reason) => {
      const master = await FakeMaster.listen();
      closings.push(() => master.close());
      const { basedir } = startService(master.port, { script, environment: { WATCHDOG_USEC: "400000" } });
      await logged(basedir, "systemd does not learn the state of this service: systemd-notify: ");
      await master.nextWorker();
      await logged(basedir, "worker is ready");
      const lines = logOf(basedir).filter((text) => text.includes("systemd-notify"));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(reason);
    },
  );
});
