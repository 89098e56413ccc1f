// The errands of a master that speaks PB.
import { FakeReader, FakeWriter } from "../support/fake-files.ts";
import { type AttachedWorker, FakeMaster } from "../support/fake-master.ts";
import { BLOCK_BYTES, type ErrandMaster, type ErrandMasterOptions, type Errands, MIB, stuckAt } from "./errands.ts";

export async function listenPb({ port, passwords, isIdle }: ErrandMasterOptions): Promise<ErrandMaster> {
  const master = await FakeMaster.listen({ passwords, attachesWith: isIdle ? "nothing" : "an empty list" }, port);
  return {
    port: master.port,
    sockets: master.sockets,
    nextWorker: async () => errandsOf(await master.nextWorker()),
    close: () => master.close(),
  };
}

function errandsOf(worker: AttachedWorker): Errands {
  return {
    async build() {
      await worker.run(await builderOf(worker), "shell", shell("echo built"));
    },
    async shell() {
      const report = await worker.startCommand(await builderOf(worker), "shell", shell("echo $$; exec sleep 600"));
      await report.printed("stdout", "\n");
      return Number.parseInt(report.text("stdout"), 10);
    },
    async upload() {
      const builder = await builderOf(worker);
      await worker.run(builder, "shell", shell("truncate -s 8M big"));
      const { beforeAnswer, reached } = stuckAt(2);
      const writer = worker.broker.expose(new FakeWriter({ forgetful: true, beforeAnswer }).object);
      const args = { workdir: ".", workersrc: "big", writer, maxsize: null, blocksize: BLOCK_BYTES, keepstamp: false };
      await worker.startCommand(builder, "uploadFile", args);
      await reached;
    },
    async download() {
      const { beforeAnswer, reached } = stuckAt(2);
      const reader = worker.broker.expose(new FakeReader(new Uint8Array(8 * MIB), { beforeAnswer }).object);
      const args = { workdir: ".", workerdest: "arrived", reader, maxsize: null, blocksize: BLOCK_BYTES, mode: null };
      await worker.startCommand(await builderOf(worker), "downloadFile", args);
      await reached;
    },
  };
}

async function builderOf(worker: AttachedWorker) {
  const builder = (await worker.setBuilders("b1")).get("b1");
  if (builder === undefined) throw new Error("the worker has no builder b1");
  return builder;
}

function shell(script: string) {
  return { command: ["sh", "-c", script], workdir: ".", logEnviron: false };
}
