// The master's ends of file transfers, over PB: objects of the master whose handles came with the command.
import { baseErrors } from "../../base/errors.ts";
import { Float, Tuple } from "../../base/python-values.ts";
import type { FileReader, FileWriter, TransferBudget } from "../../commands/index.ts";
import type { Broker } from "../../session/pb/index.ts";
import type { JellyValue, Remote } from "../../wire/jelly/index.ts";

/** Blocks of files wait behind output like output does. */
const LANE = "bulk";

export function pbFileWriter(broker: Broker, writer: Remote, budget: TransferBudget): FileWriter {
  const call = async (method: string, ...args: JellyValue[]) => void (await broker.call(writer, method, args, LANE));
  return {
    budget,
    write: (block) => call("write", block),
    close: () => call("close"),
    utime: (accessed, modified) => call("utime", new Tuple<JellyValue>([seconds(accessed), seconds(modified)])),
    unpack: () => call("unpack"),
  };
}

export function pbFileReader(broker: Broker, reader: Remote, budget: TransferBudget): FileReader {
  return {
    budget,
    async read(lengthBytes) {
      const block = await broker.call(reader, "read", [lengthBytes], LANE);
      if (block instanceof Uint8Array) return block;
      // A master whose file is closed already answers with empty text.
      if (typeof block === "string") return Buffer.from(block);
      throw baseErrors.badArguments("read", "bytes from the master", "something else");
    },
    close: async () => void (await broker.call(reader, "close", [], LANE)),
  };
}

function seconds(time: number | null): JellyValue {
  return time === null ? null : new Float(time);
}
