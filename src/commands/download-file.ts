// downloadFile: a file of the master's onto this host, block by block.
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { FileReader } from "../session/peer.ts";
import type { CommandDefinition } from "./command.ts";
import { makeDirectories } from "./make-directories.ts";
import { osErrorText } from "./os-error.ts";
import {
  limitReached,
  requiredNumber,
  startTransfer,
  type TransferOutcome,
  type TransferRequest,
  transferCommands,
} from "./transfer.ts";

const DEFAULT_MODE = 0o666;
const PERMISSION_BITS = 0o7777;
/** Without O_NONBLOCK, opening a FIFO would wait for somebody to read from it. */
const OPEN_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NONBLOCK;

export const downloadFileCommands: readonly CommandDefinition[] = transferCommands({
  name: "downloadFile",
  readyName: "download_file",
  className: "WorkerFileDownloadCommand",
  pathArgument: "workerdest",
  handle: "reader",
  start(request, context) {
    const reader = context.peer.fileReader();
    const mode = requiredNumber(request.args, "mode");
    return startTransfer(context, ({ signal }) => download({ ...request, mode, reader, signal }));
  },
});

interface Download extends TransferRequest {
  readonly mode: number | undefined;
  readonly reader: FileReader;
  readonly signal: AbortSignal;
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

async function receive(request: Download): Promise<TransferOutcome> {
  const { path, mode } = request;
  await makeParents(path);
  const file = await openDestination(path, mode);
  if (file === undefined) return { rc: 1, stderr: `Cannot open file '${path}' for download` };
  try {
    return await fillAndClose(file, request);
  } catch (error) {
    await file.close().catch(() => {}); // it is closed already, or its error is the one to report
    const reason = osErrorText(error);
    if (reason === undefined) throw error;
    return { rc: 1, stderr: `Cannot write file '${path}': ${reason}` };
  }
}

async function makeParents(path: string): Promise<void> {
  try {
    await makeDirectories(dirname(path));
  } catch (error) {
    // A file in place of the directory: opening says so, in the way masters know.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** The mode holds before the first byte is there to be read: the content may be a secret. */
async function openDestination(path: string, mode: number | undefined): Promise<FileHandle | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, OPEN_FLAGS, mode === undefined ? DEFAULT_MODE : mode & PERMISSION_BITS);
    // The file may have been there, and the umask takes bits from a new one.
    if (mode !== undefined) await file.chmod(mode & PERMISSION_BITS);
    return file;
  } catch (error) {
    await file?.close();
    if (osErrorText(error) === undefined) throw error;
    return undefined;
  }
}

/** Some file systems say only on closing that there was no room. */
async function fillAndClose(file: FileHandle, request: Download): Promise<TransferOutcome> {
  const end = await copy(file, request);
  await file.close();
  if (end === "limit reached") return limitReached(request.path);
  return { rc: end === "received" ? 0 : 1 };
}

/** Exactly `limitBytes` bytes are within the limit. */
async function copy(
  file: FileHandle,
  { reader, blockBytes, limitBytes, signal }: Download,
): Promise<"received" | "limit reached" | "interrupted"> {
  let remaining = limitBytes;
  while (!signal.aborted) {
    if (remaining === 0) return (await reader.read(1)).length === 0 ? "received" : "limit reached";
    const block = await reader.read(Math.min(blockBytes, remaining));
    if (block.length === 0) return "received";
    await file.appendFile(block.subarray(0, remaining));
    if (block.length > remaining) return "limit reached";
    remaining -= block.length;
  }
  return "interrupted";
}
