// downloadFile: a file of the master to this host.
import { dirname } from "node:path";
import { systemText } from "../base/encoding/system-text.ts";
import { ignoreOutcome, openedOrAbandoned, orAbandoned } from "./abandon.ts";
import type { CommandDefinition } from "./command.ts";
import { bytePath } from "./directory-entries.ts";
import { createEmptyFile, type Destination, openDestination } from "./download-destination.ts";
import { commandsErrors } from "./errors.ts";
import { byteText } from "./file-names.ts";
import { fileText } from "./file-paths.ts";
import { atPath, type PathRules } from "./held-path.ts";
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

async function receive({ path, rules, mode, transfer, ...request }: Download): Promise<TransferOutcome> {
  const isHeld = rules.confinement !== undefined;
  let destination: Destination | undefined;
  try {
    await orAbandoned(makeParent(dirname(path), rules), transfer);
    destination = await openedOrAbandoned(openTarget(path, rules, mode), transfer, (late) => late?.discard());
  } catch (error) {
    if (!commandsErrors.confined.is(error)) throw error;
    return { rc: 1, stderr: `Cannot open file '${path}' for download: ${error.message}` };
  }
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
      const create = (at: string | Buffer) => createEmptyFile(systemText(Buffer.from(at)), mode, isHeld);
      await orAbandoned(atPath(rules, { path, use: "target" }, create), transfer);
      return { rc: 1, stderr: `Cannot download to '${path}': ${error.message}` };
    }
    const reason = osErrorText(error);
    if (reason === undefined) throw error;
    return { rc: 1, stderr: `Cannot write file '${path}': ${reason}` };
  }
}

/** With --confine, its directory is held open until it is committed or discarded. */
async function openTarget(
  path: string,
  { fileEncoding, confinement }: PathRules,
  mode: number | undefined,
): Promise<Destination | undefined> {
  if (confinement === undefined) return openDestination(fileText(path, fileEncoding), mode);
  const { path: at, close } = await confinement.hold(byteText(path, fileEncoding), "target");
  const destination = await openDestination(systemText(bytePath(at)), mode, true);
  if (destination === undefined) {
    await close();
    return undefined;
  }
  return {
    ...destination,
    commit: () => destination.commit().then(close),
    discard: () => destination.discard().then(close),
  };
}
