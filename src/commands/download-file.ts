// downloadFile: a file of the master's onto this host.
import { dirname } from "node:path";
import type { TextEncoding } from "../base/encoding/text-encoding.ts";
import type { FileReader } from "../session/peer.ts";
import type { CommandDefinition } from "./command.ts";
import { openDestination } from "./download-destination.ts";
import { fileText } from "./file-paths.ts";
import { makeDirectories } from "./make-directories.ts";
import { osErrorText } from "./os-error.ts";
import { receiveBlocks } from "./receive-blocks.ts";
import {
  limitReached,
  requiredNumber,
  startTransfer,
  type Transfer,
  type TransferOutcome,
  type TransferRequest,
  transferCommands,
} from "./transfer.ts";

export const downloadFileCommands: readonly CommandDefinition[] = transferCommands({
  name: "downloadFile",
  readyName: "download_file",
  className: "WorkerFileDownloadCommand",
  pathArgument: "workerdest",
  handle: "reader",
  start(request, context) {
    const reader = context.peer.fileReader();
    const mode = requiredNumber(request.args, "mode");
    return startTransfer(context, "received", (transfer) => download({ ...request, mode, reader, transfer }));
  },
});

interface Download extends TransferRequest {
  readonly mode: number | undefined;
  readonly reader: FileReader;
  readonly transfer: Transfer;
}

async function download(request: Download): Promise<TransferOutcome> {
  let outcome: TransferOutcome;
  try {
    outcome = await receive(request);
  } catch (error) {
    await request.reader.close().catch(() => {}); // what failed first is what the master is told
    throw error;
  }
  await request.reader.close();
  return outcome;
}

async function receive({ path, encoding, mode, transfer, ...request }: Download): Promise<TransferOutcome> {
  await makeParents(path, encoding);
  const destination = await openDestination(fileText(path, encoding), mode);
  if (destination === undefined) return { rc: 1, stderr: `Cannot open file '${path}' for download` };
  const store = (block: Uint8Array) => destination.write(block);
  try {
    const end = await receiveBlocks({ ...request, ...transfer, store });
    if (end === "interrupted") await destination.discard();
    else await destination.commit();
    return end === "limit reached" ? limitReached(path) : { rc: end === "received" ? 0 : 1 };
  } catch (error) {
    await destination.discard();
    const reason = osErrorText(error);
    if (reason === undefined) throw error;
    return { rc: 1, stderr: `Cannot write file '${path}': ${reason}` };
  }
}

async function makeParents(path: string, encoding: TextEncoding): Promise<void> {
  try {
    await makeDirectories(dirname(path), encoding);
  } catch (error) {
    // A file in place of the directory: opening says so, in the way masters know.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
