// The errands of a master that speaks MessagePack.
import { join } from "node:path";
import { type AttachedMsgpackWorker, FakeMsgpackMaster } from "../support/fake-msgpack-master.ts";
import { BLOCK_BYTES, type ErrandMaster, type ErrandMasterOptions, type Errands, stuckAt } from "./errands.ts";

export async function listenMsgpack({ port, passwords, isIdle }: ErrandMasterOptions): Promise<ErrandMaster> {
  const attachesWith = isIdle ? "nothing" : "a list";
  const master = await FakeMsgpackMaster.listen({ passwords, attachesWith }, port);
  return {
    port: master.port,
    sockets: master.sockets,
    async nextWorker() {
      await master.nextWorker();
      return errandsOf(master);
    },
    close: () => master.close(),
  };
}

/** A worker is ready before its master knows that it is: whichever is the newest is meant, once it is attached. */
async function newestOf({ newest }: FakeMsgpackMaster): Promise<AttachedMsgpackWorker> {
  if (newest === undefined) throw new Error("no worker has connected");
  await newest.attaching;
  return newest.worker;
}

const directoryOf = ({ info }: AttachedMsgpackWorker) => join(String(info.get("basedir")), "b1");

function shell(worker: AttachedMsgpackWorker, script: string) {
  return ["shell", { command: ["sh", "-c", script], workdir: directoryOf(worker), logEnviron: false }] as const;
}

function errandsOf(master: FakeMsgpackMaster): Errands {
  const transfer = { maxsize: null, blocksize: BLOCK_BYTES };
  return {
    async build() {
      const worker = await newestOf(master);
      await worker.run(...shell(worker, "echo built"));
    },
    async shell() {
      const worker = await newestOf(master);
      const report = await worker.startCommand(...shell(worker, "echo $$; exec sleep 600"));
      await report.printed("stdout", "\n");
      return Number.parseInt(report.text("stdout"), 10);
    },
    async upload() {
      const worker = await newestOf(master);
      await worker.run(...shell(worker, "truncate -s 8M big"));
      const { reached, answer } = stuckAnswers(null);
      const args = { ...transfer, path: join(directoryOf(worker), "big"), keepstamp: false };
      await worker.startCommand("upload_file", args, { file: { update_upload_file_write: answer } });
      await reached;
    },
    async download() {
      const { reached, answer } = stuckAnswers(Buffer.alloc(BLOCK_BYTES));
      const worker = await newestOf(master);
      const args = { ...transfer, path: join(directoryOf(worker), "arrived"), mode: null };
      await worker.startCommand("download_file", args, { file: { update_read_file: answer } });
      await reached;
    },
  };
}

/** Gives `value` to the calls before the second. */
function stuckAnswers<Value>(value: Value) {
  const { beforeAnswer, reached } = stuckAt(2);
  let calls = 0;
  const answer = async () => {
    calls += 1;
    await beforeAnswer(calls);
    return value;
  };
  return { reached, answer };
}
