// The master's ends of file transfers, over MessagePack: operations with the id of the command.

import { baseErrors, errorText } from "../../base/errors.ts";
import { Float } from "../../base/python-values.ts";
import type { FileReader, FileWriter, TransferBudget } from "../../commands/index.ts";
import { commandsErrors } from "../../commands/index.ts";
import type { MsgpackValue } from "../../wire/msgpack/index.ts";

/** Asks the master for an operation on the command's file. */
export type FileRequest = (op: string, fields?: Readonly<Record<string, MsgpackValue>>) => Promise<MsgpackValue>;

export interface MsgpackFiles {
  readonly request: FileRequest;
  readonly budget: TransferBudget;
  readonly log: (text: string) => void;
}

/** How masters up to 4.3 fail to take the times of a file, whatever they are. */
const TIMES_NOT_TAKEN = /remote_utime\(\) takes \d+ positional arguments/;

export function msgpackFileWriter(kind: "file" | "directory", { request, budget, log }: MsgpackFiles): FileWriter {
  const call = async (op: string, fields?: Readonly<Record<string, MsgpackValue>>) => void (await request(op, fields));
  return {
    budget,
    write: (block) => call(`update_upload_${kind}_write`, { args: block }),
    // There is none of its own for a directory.
    close: () => call("update_upload_file_close"),
    async utime(accessed, modified) {
      try {
        await call("update_upload_file_utime", { access_time: seconds(accessed), modified_time: seconds(modified) });
      } catch (error) {
        if (!TIMES_NOT_TAKEN.test(errorText(error))) throw error;
        log("the file has arrived, but not its times, which this master cannot take over MessagePack");
      }
    },
    unpack: () => call("update_upload_directory_unpack"),
  };
}

export function msgpackFileReader({ request, budget }: MsgpackFiles): FileReader {
  return {
    budget,
    async read(lengthBytes) {
      const block = await request("update_read_file", { length: lengthBytes });
      if (block instanceof Uint8Array) return block;
      if (typeof block === "string") return Buffer.from(block);
      if (block === null) throw commandsErrors.emptyRead();
      throw baseErrors.badArguments("update_read_file", "bytes from the master", "something else");
    },
    close: async () => void (await request("update_read_file_close")),
  };
}

function seconds(time: number | null): MsgpackValue {
  return time === null ? null : new Float(time);
}
