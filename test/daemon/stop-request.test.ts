// Graceful stops by signals inside this process; test/daemon/graceful.process.test.ts has real ones.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GracefulStop, StopRequest, type StopRequestOptions } from "../../src/daemon/stop-request.ts";

let impatient: NodeJS.Signals[];
const options: StopRequestOptions = {
  log: { line: () => {} },
  onSigterm: "now",
  onHangup: "ask",
  onSecondSignal: (signal) => void impatient.push(signal),
};
const asked: GracefulStop = { kind: "ask", reason: "SIGHUP" };
const drained: GracefulStop = { kind: "drain", reason: "SIGUSR2" };

let stop: StopRequest;
let told: GracefulStop[];
beforeEach(() => {
  told = [];
  impatient = [];
});
afterEach(() => stop.end());

describe("a request for a graceful stop", () => {
  it("is reported each time", () => {
    stop = new StopRequest(options);
    stop.onGraceful((one) => void told.push(one));
    for (const signal of ["SIGHUP", "SIGHUP", "SIGUSR2"] as const) process.emit(signal);
    expect(told).toEqual([asked, asked, drained]);
  });

  it("is reported once if it came before there was a listener", () => {
    stop = new StopRequest(options);
    for (const signal of ["SIGUSR2", "SIGHUP", "SIGUSR2"] as const) process.emit(signal);
    stop.onGraceful((one) => void told.push(one));
    expect(told).toEqual([drained, asked]);
  });

  it("leaves SIGHUP alone unless it is wanted, and everything when it has ended", () => {
    const before = process.listenerCount("SIGHUP");
    stop = new StopRequest({ ...options, onHangup: "default" });
    expect(process.listenerCount("SIGHUP")).toBe(before);
    stop.end();
    stop = new StopRequest(options);
    expect(process.listenerCount("SIGHUP")).toBe(before + 1);
    stop.end();
    expect(process.listenerCount("SIGHUP")).toBe(before);
  });

  it("ends without a signal when the process may end", async () => {
    stop = new StopRequest(options);
    stop.request();
    expect(await stop.requested).toBeUndefined();
  });
});

describe("a signal that comes when the end was asked for already", () => {
  it.each<[string, (asked: StopRequest) => void]>([
    ["by the master, or because nothing is left to wait for", (asked) => asked.request()],
    ["by SIGTERM", () => process.emit("SIGTERM")],
    ["by SIGINT", () => process.emit("SIGINT")],
  ])("%s ends the process at once", async (_, ask) => {
    stop = new StopRequest(options);
    ask(stop);
    expect(impatient).toEqual([]);
    process.emit("SIGTERM");
    process.emit("SIGINT");
    expect(impatient).toEqual(["SIGTERM", "SIGINT"]);
  });

  it("does so too where SIGTERM lets builds end", async () => {
    stop = new StopRequest({ ...options, onSigterm: "drain" });
    process.emit("SIGTERM");
    stop.request();
    expect(await stop.requested).toBe("SIGTERM");
    expect(impatient).toEqual([]);
    process.emit("SIGTERM");
    expect(impatient).toEqual(["SIGTERM"]);
  });
});
