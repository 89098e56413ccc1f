// What becomes of a command whose master is lost, with real processes: also with one that the worker may not kill.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JellyValue, Remote } from "../../src/wire/jelly/values.ts";
import { type Installation, install, lives, logOf, makeBasedir } from "../daemon/worker-program.ts";
import { type AttachedWorker, FakeMaster } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { startTestWorker } from "../support/test-worker.ts";

const UNPRIVILEGED_UID = 65_534;
const SETPRIV = "/usr/bin/setpriv";
const isRoot = process.getuid?.() === 0;

const sh = (command: JellyValue) => ({ command, workdir: ".", logEnviron: false });

async function builders(attached: AttachedWorker): Promise<readonly [Remote, Remote]> {
  const found = await attached.setBuilders("b1", "b2");
  return [found.get("b1")!, found.get("b2")!];
}

let installation: Installation;
beforeAll(() => {
  installation = install();
});
afterAll(() => installation.remove());

describe("a command whose master is lost", () => {
  it("leaves the end of its output in a file for the worker's user alone, and not in the log that all may read", async () => {
    const master = await FakeMaster.listen();
    try {
      const basedir = makeBasedir(installation.newPath(), { port: master.port, variables: { umask: "0o022" } });
      installation.start(["start", "--nodaemon", basedir]);
      const attached = await master.nextWorker();
      const [builder] = await builders(attached);
      const report = await attached.startCommand(
        builder,
        "shell",
        sh("echo begin; printf %s-%s hush 9f3c; exec sleep 1000"),
      );
      await report.printed("stdout", "begin");
      attached.socket.destroy();
      await master.nextWorker();
      const path = join(basedir, "buildhand-last-output.log");
      const text = readFileSync(path, "utf8");
      expect(text).toMatch(/^\d{4}-.* \[-\] last output of command 1: .*hush-9f3c\n$/s);
      expect((statSync(path).mode & 0o777).toString(8)).toBe("600");
      expect(logOf(basedir)).toContain(`last output of command 1 is in ${path}`);
      expect(logOf(basedir).join("\n")).not.toContain("hush-9f3c");
    } finally {
      await master.close();
    }
  });

  it("leaves the end of its output to be kept, but not its arguments, and neither to the log", async () => {
    const master = await FakeMaster.listen();
    const worker = await startTestWorker({ port: master.port });
    try {
      const attached = await master.nextWorker();
      const [builder] = await builders(attached);
      const command = "echo begin; echo secret-word >&2; printf 'half a %s\\001' li; exec sleep 1000";
      const report = await attached.startCommand(builder, "shell", sh(["sh", "-c", command]));
      await report.printed("stdout", "begin");
      attached.socket.destroy();
      await master.nextWorker();
      const entries = worker.kept;
      // The master may or may not have got the first lines; the last has no end, and was never sent.
      expect(entries).toHaveLength(1);
      expect(entries[0]).toContain("half a li\u0001");
      expect(entries[0]).not.toContain("printf");
      expect(worker.log.join("\n")).not.toContain("half a li");
    } finally {
      await worker.end();
      await master.close();
    }
  });
});

describe.skipIf(!isRoot)("a process that the worker may not kill (needs root, who makes one)", () => {
  it("is named when its master is lost, and no build runs beside it until it has ended", async () => {
    const master = await FakeMaster.listen();
    let survivor: number | undefined;
    try {
      const basedir = makeBasedir(installation.newPath(), { port: master.port });
      for (const name of ["b1", "b2"]) mkdirSync(join(basedir, name));
      for (const path of [basedir, join(basedir, "b1"), join(basedir, "b2")]) chmodSync(path, 0o777);
      chmodSync(join(basedir, "buildbot.tac"), 0o644);
      const becomeRoot = join(basedir, "become-root");
      copyFileSync(SETPRIV, becomeRoot);
      chmodSync(becomeRoot, 0o4755);
      installation.start(["start", "--nodaemon", basedir], { uid: UNPRIVILEGED_UID, gid: UNPRIVILEGED_UID });
      const attached = await master.nextWorker();
      const [first] = await builders(attached);
      const command = `echo $$; exec ${becomeRoot} --reuid=0 --regid=0 --clear-groups sleep 1000`;
      const report = await attached.startCommand(first, "shell", sh(command));
      await report.printed("stdout", "\n");
      const pid = Number(report.text("stdout"));
      survivor = pid;
      await poll("the program to become root's", () => programOf(pid) === "sleep");

      attached.socket.destroy();
      const again = await master.nextWorker();
      const [refusing, working] = await builders(again);
      expect(lives(pid)).toBe(true);
      expect(logOf(basedir).join("\n")).toContain(
        `not starting commands in ${join(basedir, "b1")} for up to 30 s, until this has ended: process ${pid} (sleep) of command`,
      );
      await expect(again.startCommand(refusing, "shell", sh("true"))).rejects.toThrow(`process ${pid} (sleep)`);
      expect((await again.run(working, "shell", sh("echo fine"))).text("stdout")).toBe("fine\n");

      process.kill(pid, "SIGKILL");
      await poll("it to be gone", () => !lives(pid));
      survivor = undefined;
      expect((await again.run(refusing, "shell", sh("echo fine too"))).text("stdout")).toBe("fine too\n");
    } finally {
      if (survivor !== undefined) process.kill(survivor, "SIGKILL");
      await master.close();
    }
  });
});

function programOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, "latin1").trim();
}
