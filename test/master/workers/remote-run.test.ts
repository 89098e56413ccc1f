import { expect, test } from "vitest";
import type { UploadSink } from "../../../src/master/worker-link.ts";
import { Inflow } from "../../../src/master/workers/inflow.ts";
import { RemoteRun } from "../../../src/master/workers/remote-run.ts";
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
  const run = new RemoteRun({
    id: "0",
    request: { builder: "b1", name: "uploadDirectory", args: new Map(), upload, onUpdate() {} },
    inflow: new Inflow({ pause() {}, resume() {} }),
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
