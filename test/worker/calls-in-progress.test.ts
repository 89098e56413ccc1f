import { describe, expect, it } from "vitest";
import type { IncomingCall, RemoteMethod } from "../../src/session/pb/remote-object.ts";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { CallsInProgress } from "../../src/worker/calls-in-progress.ts";
import { ManualClock } from "../support/manual-clock.ts";

const call: IncomingCall = { args: [], kwargs: new Map(), keep: () => {} };

function rig(methods: Readonly<Record<string, RemoteMethod>>) {
  const clock = new ManualClock();
  const work = new CallsInProgress(clock);
  const object = work.tracked({ methods: new Map(Object.entries(methods)) });
  return { clock, work, callNow: (name: string) => object.methods.get(name)?.(call) };
}

describe("the work for a master", () => {
  it("is shown while it lasts, that which lasts longest first", async () => {
    const ends: ((value: JellyValue) => void)[] = [];
    const pending = () => new Promise<JellyValue>((resolve) => void ends.push(resolve));
    const { clock, work, callNow } = rig({ setBuilderList: pending, other: pending });
    expect(work.shown()).toBeUndefined();
    const list = callNow("setBuilderList");
    clock.advance(60_000);
    const other = callNow("other");
    clock.advance(1000);
    expect(work.shown()).toBe(
      "setBuilderList (creating directories of builders, or removing one that is needed again) for 1 min 1 s",
    );
    ends[0]?.("done");
    expect(await list).toBe("done");
    expect(work.shown()).toBe("other for 1 s");
    ends[1]?.(null);
    await other;
    expect(work.shown()).toBeUndefined();
  });

  it("is over when it fails, too", async () => {
    const { work, callNow } = rig({ getWorkerInfo: () => Promise.reject(new Error("no")) });
    await expect(callNow("getWorkerInfo")).rejects.toThrow("no");
    expect(work.shown()).toBeUndefined();
  });

  it("that is done at once is answered at once", () => {
    const { callNow } = rig({ print: () => "printed" });
    expect(callNow("print")).toBe("printed");
  });
});
