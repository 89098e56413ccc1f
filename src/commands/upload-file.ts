// uploadFile: a file of this host to the master.
import { constants, type PathLike } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { ignoreOutcome, openedOrAbandoned, orAbandoned } from "./abandon.ts";
import { flag } from "./arguments.ts";
import type { CommandDefinition } from "./command.ts";
import { commandsErrors } from "./errors.ts";
import { atPath } from "./held-path.ts";
import { osErrorText } from "./os-error.ts";
import type { FileWriter } from "./peer.ts";
import { type Blocks, sendBlocks } from "./send-blocks.ts";
import {
  closedOnFailure,
  limitReached,
  startTransfer,
  type Transfer,
  type TransferOutcome,
  type TransferRequest,
  transferCommands,
} from "./transfer.ts";

const NANOSECONDS = 1_000_000_000n;

export const uploadFileCommands: readonly CommandDefinition[] = transferCommands({
  name: "uploadFile",
  readyName: "upload_file",
  className: "WorkerFileUploadCommand",
  pathArgument: "workersrc",
  handle: "writer",
  start(request, context) {
    const writer = context.peer.fileWriter();
    return startTransfer(context, "sent", (transfer) => upload(request, writer, transfer));
  },
});

interface Sent {
  readonly outcome: TransferOutcome;
  /** Seconds; null when the file could not be opened. */
  readonly accessed: number | null;
  readonly modified: number | null;
}

async function upload(request: TransferRequest, writer: FileWriter, transfer: Transfer): Promise<TransferOutcome> {
  const sent = await closedOnFailure(writer, send(request, writer, transfer));
  await writer.close();
  if (flag(request.args, "keepstamp", false)) await writer.utime(sent.accessed, sent.modified);
  return sent.outcome;
}

async function send(
  { path, rules, ...request }: TransferRequest,
  writer: FileWriter,
  transfer: Transfer,
): Promise<Sent> {
  let refusal = "";
  const opening = atPath(rules, { path, use: "subtree" }, openSource).catch((error: NodeJS.ErrnoException) => {
    if (osErrorText(error) === undefined) throw error;
    if (commandsErrors.confined.is(error)) refusal = `: ${error.message}`;
    return undefined; // masters get only the fact that it failed
  });
  const file = await openedOrAbandoned(opening, transfer, (late) => late?.close());
  transfer.header(`sending ${path}\n`);
  if (file === undefined) {
    const stderr = `Cannot open file '${path}' for upload${refusal}`;
    return { outcome: { rc: 1, stderr }, accessed: null, modified: null };
  }
  try {
    const { atimeNs, mtimeNs, size } = await orAbandoned(file.stat({ bigint: true }), transfer);
    transfer.progress.expect(Math.min(Number(size), request.limitBytes));
    const outcome = await sendContent(file, path, { ...request, ...transfer, writer });
    await orAbandoned(file.close(), transfer);
    return { outcome, accessed: seconds(atimeNs), modified: seconds(mtimeNs) };
  } catch (error) {
    ignoreOutcome(file.close()); // waits for pending reads
    throw error;
  }
}

async function sendContent(file: FileHandle, path: string, request: Omit<Blocks, "take">): Promise<TransferOutcome> {
  try {
    const take = (lengthBytes: number) => orAbandoned(fill(file, Buffer.allocUnsafe(lengthBytes)), request);
    const end = await sendBlocks({ ...request, take });
    if (end === "limit reached") return limitReached(path);
    return { rc: end === "sent" ? 0 : 1 };
  } catch (error) {
    const reason = osErrorText(error);
    if (reason === undefined) throw error;
    return { rc: 1, stderr: `Cannot read file '${path}' for upload: ${reason}` };
  }
}

/** Undefined unless it can be read to its end. */
async function openSource(path: PathLike): Promise<FileHandle | undefined> {
  // Otherwise, opening a FIFO would wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const file = await open(path, flags).catch(() => undefined); // masters get only the fact that it failed
  if (file === undefined) return undefined;
  const stats = await file.stat();
  if (!stats.isDirectory() && !stats.isFIFO()) return file;
  await file.close();
  return undefined;
}

async function fill(file: FileHandle, buffer: Buffer): Promise<Buffer> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, null);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

function seconds(timeNs: bigint): number {
  return Number(timeNs / NANOSECONDS) + Number(timeNs % NANOSECONDS) / 1e9;
}
