// Many connections, one after the other: none leaves anything behind in the worker.
import { expect, it } from "vitest";
import { FakeMaster } from "../support/fake-master.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";
import { sized } from "../support/sized.ts";
import { startTestWorker } from "../support/test-worker.ts";

const RECONNECTS = sized(40, 200);

it(`${RECONNECTS} lost connections leave no timer and no socket behind`, async () => {
  const clock = new ManualClock();
  const master = await FakeMaster.listen();
  const worker = await startTestWorker({ port: master.port, keepaliveSeconds: 600, settings: { clock } });
  const isReady = () => worker.service.connectionStatus().phase === "ready";
  try {
    let timers = 0;
    let sockets = 0;
    for (let i = 0; i <= RECONNECTS; i += 1) {
      const attached = await master.nextWorker();
      await poll("the worker to be ready", isReady);
      if (i === 1) [timers, sockets] = [clock.timerCount, openSockets()];
      if (i === RECONNECTS) {
        expect(clock.timerCount).toBe(timers);
        await poll("the sockets to be closed", () => openSockets() <= sockets);
      } else {
        attached.socket.destroy();
        await poll("the loss to be noticed", () => !isReady());
        await poll("the next attempt", () => {
          clock.advance(100);
          return worker.service.connectionStatus().phase !== "waiting";
        });
      }
    }
    expect(worker.bugs).toEqual([]);
  } finally {
    await worker.end();
    await master.close();
  }
  expect(clock.timerCount).toBe(0);
});

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
}
