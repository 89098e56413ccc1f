// Programs that cannot be started without a file system that does not answer: nothing else in the worker waits with them.
// Such a file system takes the right to mount one, and FUSE without a server behind it.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Installation, install } from "../daemon/worker-program.ts";
import { type AttachedProgram, attachProgram } from "./attached-program.ts";

/** What is mounted in there, nobody else sees. */
const APART = process.getuid?.() === 0 ? ["unshare", "-m"] : ["unshare", "-r", "-m"];

/** On `$d/dead`; it lasts as long as the process whose number is in `$d/holder`. */
const MOUNT =
  'exec 3<>/dev/fuse; mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 dead "$d/dead" || exit; ' +
  'sleep 600 </dev/null >/dev/null 2>&1 & echo $! >"$d/holder"; exec 3>&-';

function whyNoFuse(): string | undefined {
  const script = `d=$(mktemp -d); mkdir "$d/dead"; ${MOUNT}; kill $(cat "$d/holder"); umount -l "$d/dead"; rm -r "$d"`;
  const { status, stderr } = spawnSync("env", [...APART, "sh", "-c", script], { encoding: "utf8" });
  return status === 0 ? undefined : `FUSE cannot be used here: ${stderr?.trim() || "there is no unshare"}`;
}

const noFuse = whyNoFuse();
if (noFuse !== undefined) console.warn(`not run: the tests of a dead disk; ${noFuse}`);

describe.skipIf(noFuse !== undefined)("a program that needs a disk which does not answer", () => {
  let installation: Installation;
  let worker: AttachedProgram;
  const place = (path: string) => join(worker.builderDirectory, path);

  beforeAll(async () => {
    installation = install();
    const under = [...APART, "sh", "-c", `d=$1; shift; mkdir "$d/dead"; ${MOUNT}; exec "$@"`, "sh"];
    worker = await attachProgram({ installation, under });
    mkdirSync(place("bin"));
    writeFileSync(place("bin/script"), `#!${place("dead/interpreter")}\n`, { mode: 0o755 });
  });

  afterAll(async () => {
    process.kill(Number.parseInt(readFileSync(place("holder"), "utf8"), 10), "SIGKILL");
    await worker.end();
    await installation.remove();
  });

  it.each([
    ["in its PATH", () => ({ command: ["true"], env: new Map([["PATH", `${place("dead/bin")}:/usr/bin`]]) })],
    ["for its interpreter", () => ({ command: [place("bin/script")] })],
  ])("%s keeps nobody waiting, and can be interrupted", async (_where, args) => {
    const report = await worker.start("shell", { workdir: "", logEnviron: false, ...args() });
    expect((await worker.run("stat", { file: "bin" })).value("rc")).toBe(0);
    expect(report.completions).toBe(0);
    await worker.interrupt(report);
    await report.completed;
    expect(report.value("rc")).toBe(-1);
    expect(report.text("header")).toBe("\ncommand interrupted before it was started\n");
  });
});
