// A master that breaks every connection off as soon as it is made.
import { taken } from "../commands.js";

const COUNT = 5;

export const reconnects = {
  name: "reconnects",
  title: `${COUNT} connections lost, one after the other`,
  note: "The wall time is that of the delays between attempts, with a maxdelay of 50 ms in buildbot.tac.",
  run: (worker) =>
    taken(worker, async () => {
      for (let n = 0; n < COUNT; n += 1) {
        worker.attached.socket.destroy();
        worker.attached = await worker.nextAttached();
        await worker.attached.setBuilders(["b1"]);
      }
    }),
};
