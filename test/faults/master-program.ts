// A master in a process of its own, which a fault can stop, kill and start again. It listens at the port of its first
// argument, attaches as the second says, speaks the protocol of the third, and does the errands that its parent sends it.
import { type Errands, protocols } from "./errands.ts";
import type { Attaching, MasterMessage, MasterOrder } from "./master-process.ts";
import { listenMsgpack } from "./msgpack-errands.ts";
import { listenPb } from "./pb-errands.ts";

const listeners = { pb: listenPb, msgpack: listenMsgpack };

const passwords = { w1: "sekret" };
const [port, attaching, wanted] = process.argv.slice(2);
const protocol = protocols.find((name) => name === wanted) ?? "pb";
const isIdle = attaching === ("nothing" satisfies Attaching);
let latest: Errands | undefined;

const master = await listeners[protocol]({ port: Number(port), passwords, isIdle });
// As a real master: what breaks the protocol loses its connection, and nobody else does.
process.on("uncaughtException", () => {
  for (const socket of master.sockets) socket.destroy();
});
process.on("unhandledRejection", () => {}); // calls to a worker that is gone
process.on("message", (order: MasterOrder) => void obey(order));
process.on("disconnect", () => process.exit());
process.on("SIGTERM", () => void master.close().then(() => process.exit()));
tell({ kind: "listening", port: master.port });
void (async () => {
  for (;;) {
    latest = await master.nextWorker();
    // Behind the answer to the login.
    setImmediate(() => tell({ kind: "attached" }));
  }
})();

function tell(message: MasterMessage): void {
  process.send?.(message);
}

async function obey(order: MasterOrder): Promise<void> {
  if (order.kind === "password") passwords.w1 = order.password;
  else if (latest === undefined) return;
  else if (order.kind === "build") {
    await latest.build();
    tell({ kind: "done" });
  } else {
    const pid = await latest[order.kind]();
    tell(pid === undefined ? { kind: "under way" } : { kind: "under way", pid });
  }
}
