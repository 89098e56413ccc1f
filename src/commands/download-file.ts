// downloadFile: a file of the master to this host.
import { dirname } from "node:path";
import { ignoreOutcome, openedOrAbandoned, orAbandoned } from "./abandon.ts";
import type { CommandDefinition } from "./command.ts";
import { createEmptyFile, openDestination } from "./download-destination.ts";
import { commandsErrors } from "./errors.ts";
import { fileText } from "./file-paths.ts";
import { makeParent } from "./make-directories.ts";
import { osErrorText } from "./os-error.ts";
import type { FileReader } from "./peer.ts";
import { receiveBlocks } from "./receive-blocks.ts";
import {
  closedOnFailure,
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
  const outcome = await closedOnFailure(request.reader, receive(request));
  await request.reader.close();
  return outcome;
}

async function receive({ path, encoding, mode, transfer, ...request }: Download): Promise<TransferOutcome> {
  await orAbandoned(makeParent(dirname(path), encoding), transfer);
  const opening = openDestination(fileText(path, encoding), mode);
  const destination = await openedOrAbandoned(opening, transfer, (late) => late?.discard());
  if (destination === undefined) return { rc: 1, stderr: `Cannot open file '${path}' for download` };
  const store = (block: Uint8Array) => orAbandoned(destination.write(block), transfer);
  try {
    const end = await receiveBlocks({ ...request, ...transfer, store });
    if (end === "interrupted") await orAbandoned(destination.discard(), transfer);
    else await orAbandoned(destination.commit(), transfer);
    return end === "limit reached" ? limitReached(path) : { rc: end === "received" ? 0 : 1 };
  } catch (error) {
    if (transfer.signal.aborted && error === transfer.signal.reason) {
      ignoreOutcome(destination.discard()); // waits for pending writes
      return { rc: 1 };
    }
    await orAbandoned(destination.discard(), transfer);
    if (commandsErrors.emptyRead.is(error)) {
      // For some files only their existence matters: the Git step's .buildbot-patched.
      await orAbandoned(createEmptyFile(fileText(path, encoding), mode), transfer);
      return { rc: 1, stderr: `Cannot download to '${path}': ${error.message}` };
    }
    const reason = osErrorText(error);
    if (reason === undefined) throw error;
    return { rc: 1, stderr: `Cannot write file '${path}': ${reason}` };
  }
}
