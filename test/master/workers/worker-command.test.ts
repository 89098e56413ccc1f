import { expect, test } from "vitest";
import type { CommandUpdate } from "../../../src/base/command-update.ts";
import { baseErrors } from "../../../src/base/errors.ts";
import type { UploadSink } from "../../../src/master/worker-link.ts";
import { ReceiveWindow } from "../../../src/master/workers/receive-window.ts";
import { WorkerCommand } from "../../../src/master/workers/worker-command.ts";
import { ManualClock } from "../../support/manual-clock.ts";

/** An upload that its worker has completed, and whose archive takes as long to unpack as it is let. */
async function unpackingRun() {
  let isBegun = () => {};
  const begun = new Promise<void>((resolve) => {
    isBegun = resolve;
  });
  const calls: string[] = [];
  const upload: UploadSink = {
    async write() {},
    async close() {},
    async abandon() {
      calls.push("abandon");
    },
    unpack(signal) {
      isBegun();
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error(`stopped: ${signal.reason}`)));
      });
    },
  };
  const run = new WorkerCommand({
    id: "0",
    request: { builder: "b1", name: "uploadDirectory", args: new Map(), upload, onUpdate() {} },
    receiveWindow: new ReceiveWindow({ pause() {}, resume() {} }),
    clock: new ManualClock(),
    interrupt: () => void calls.push("interrupt"),
    onOver: () => void calls.push("over"),
  });
  await run.upload?.close("unpack");
  void run.update([["rc", 0]]);
  run.complete();
  await begun;
  return { run, calls };
}

test("a command that is interrupted while its upload is unpacked ends, and leaves nothing", async () => {
  const { run, calls } = await unpackingRun();
  run.interrupt("enough");
  expect(await run.ended).toEqual({ type: "failed", reason: "stopped: enough" });
  expect(calls).toEqual(["abandon", "over"]);
});

test("a command whose worker is lost while its upload is unpacked is lost, and leaves nothing", async () => {
  const { run, calls } = await unpackingRun();
  run.lose("the master is stopping");
  expect(await run.ended).toEqual({ type: "lost", reason: "the master is stopping" });
  expect(calls).toEqual(["abandon", "over"]);
});

function started() {
  const taken: CommandUpdate[] = [];
  const reading: string[] = [];
  const run = new WorkerCommand({
    id: "1",
    request: { builder: "b", name: "shell", args: new Map(), onUpdate: (update) => void taken.push(update) },
    receiveWindow: new ReceiveWindow({
      pause: () => void reading.push("pause"),
      resume: () => void reading.push("resume"),
    }),
    clock: new ManualClock(),
    interrupt: () => {},
    onOver: () => {},
  });
  return { run, taken, reading };
}

test("many updates in one message are processed in order, with turns for other work in between", async () => {
  const { run, taken, reading } = started();
  let mostAtOnce = 0;
  let before = 0;
  const watch = () => {
    mostAtOnce = Math.max(mostAtOnce, taken.length - before);
    before = taken.length;
    if (before < 50_000) setImmediate(watch);
  };
  watch();
  const count = 50_000;
  const done = run.update(Array.from({ length: count }, (_, n) => [n % 2 ? "stdout" : "stderr", `${n}\n`] as const));
  expect(taken).toHaveLength(0);
  expect(reading).toEqual(["pause"]);
  run.complete();
  await done;
  watch();
  expect(mostAtOnce).toBeLessThanOrEqual(500);
  expect(taken.map((update) => ("text" in update ? Number(update.text.toString()) : -1))).toEqual(
    Array.from({ length: count }, (_, n) => n),
  );
  expect(reading).toEqual(["pause", "resume"]);
  expect(await run.ended).toEqual({ type: "completed", rc: undefined });
});

test("an update of the wrong type is refused after the earlier ones are processed, and later ones are processed", async () => {
  const { run, taken } = started();
  const bad = run.update([
    ["stdout", "one\n"],
    ["rc", "zero"],
  ]);
  const good = run.update([["rc", 3]]);
  await expect(bad).rejects.toSatisfy(baseErrors.badArguments.is);
  await good;
  run.complete();
  expect(await run.ended).toEqual({ type: "completed", rc: 3 });
  expect(taken.map(({ key }) => key)).toEqual(["stdout", "rc"]);
});
