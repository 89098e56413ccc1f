// A master in a process of its own, which a fault can stop, kill and start again. It listens at the port of its first
// argument, attaches as the second says, and does the errands that its parent sends it.
import { FakeReader, FakeWriter } from "../support/fake-files.ts";
import { type AttachedWorker, FakeMaster } from "../support/fake-master.ts";
import type { MasterMessage, MasterOrder } from "./master-process.ts";

const MIB = 1024 * 1024;
const never = new Promise<void>(() => {});

const passwords = { w1: "sekret" };
const [port, attachesWith] = process.argv.slice(2);
let latest: AttachedWorker | undefined;

const errands: Readonly<Record<Exclude<MasterOrder["kind"], "password">, (worker: AttachedWorker) => Promise<void>>> = {
  /** A command from its start to its end. */
  async build(worker) {
    await worker.run(await builderOf(worker), "shell", shell("echo built"));
    tell({ kind: "done" });
  },
  async shell(worker) {
    const report = await worker.startCommand(await builderOf(worker), "shell", shell("echo $$; exec sleep 600"));
    await report.printed("stdout", "\n");
    tell({ kind: "under way", pid: Number.parseInt(report.text("stdout"), 10) });
  },
  async upload(worker) {
    const builder = await builderOf(worker);
    await worker.run(builder, "shell", shell("truncate -s 8M big"));
    const writer = new FakeWriter({ forgetful: true, beforeAnswer: stuckAt(2) });
    const args = { workdir: ".", workersrc: "big", writer: worker.broker.expose(writer.object) };
    await worker.startCommand(builder, "uploadFile", { ...args, maxsize: null, blocksize: 65_536, keepstamp: false });
  },
  async download(worker) {
    const reader = new FakeReader(new Uint8Array(8 * MIB), { beforeAnswer: stuckAt(2) });
    const args = { workdir: ".", workerdest: "arrived", reader: worker.broker.expose(reader.object) };
    const more = { maxsize: null, blocksize: 65_536, mode: null };
    await worker.startCommand(await builderOf(worker), "downloadFile", { ...args, ...more });
  },
};

const master = await FakeMaster.listen(
  { passwords, attachesWith: attachesWith === "nothing" ? "nothing" : "an empty list" },
  Number(port),
);
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
  const worker = latest;
  if (order.kind === "password") passwords.w1 = order.password;
  else if (worker !== undefined) await errands[order.kind](worker);
}

async function builderOf(worker: AttachedWorker) {
  const builder = (await worker.setBuilders("b1")).get("b1");
  if (builder === undefined) throw new Error("the worker has no builder b1");
  return builder;
}

function shell(script: string) {
  return { command: ["sh", "-c", script], workdir: ".", logEnviron: false };
}

/** Answers the calls before that one, and tells when it has come. */
function stuckAt(call: number): (number: number) => Promise<void> | undefined {
  return (number) => {
    if (number === call) tell({ kind: "under way" });
    return number < call ? undefined : never;
  };
}
