// uploadDirectory: a directory of this host to the master, as a tar archive that is created while it is sent.
import { constants, type PathLike } from "node:fs";
import { open } from "node:fs/promises";
import { errorText } from "../base/errors.ts";
import { ignoreOutcome, orAbandoned } from "./abandon.ts";
import type { CommandArguments } from "./arguments.ts";
import type { CommandContext, CommandDefinition } from "./command.ts";
import { commandsErrors } from "./errors.ts";
import { atPath, namingPath } from "./held-path.ts";
import { isNear } from "./near-trees.ts";
import { osErrorText } from "./os-error.ts";
import type { FileWriter } from "./peer.ts";
import { sendBlocks } from "./send-blocks.ts";
import { bzip2, ChunkedBytes, gzip, packTree } from "./tar/index.ts";
import {
  closedOnFailure,
  limitReached,
  startTransfer,
  type Transfer,
  type TransferOutcome,
  type TransferRequest,
  transferCommands,
} from "./transfer.ts";

type Compression = "gz" | "bz2" | undefined;

interface Upload extends TransferRequest {
  readonly compression: Compression;
  readonly writer: FileWriter;
  readonly environment: CommandContext["environment"];
  readonly transfer: Transfer;
}

export const uploadDirectoryCommands: readonly CommandDefinition[] = transferCommands({
  name: "uploadDirectory",
  readyName: "upload_directory",
  className: "WorkerDirectoryUploadCommand",
  pathArgument: "workersrc",
  handle: "writer",
  start(request, context) {
    const { peer, environment } = context;
    const writer = peer.fileWriter();
    const compression = compressionOf(request.args);
    return startTransfer(context, "sent", (transfer) =>
      upload({ ...request, compression, writer, environment, transfer }),
    );
  },
});

/** An unreadable directory is detected before the master's file is touched. */
async function upload(request: Upload): Promise<TransferOutcome> {
  const { path, rules, transfer } = request;
  const work = atPath(rules, { path, use: "subtree" }, (at) => uploadFrom(at, request));
  if (rules.confinement === undefined) return work;
  try {
    return await orAbandoned(work, transfer);
  } catch (error) {
    const refusal = osErrorText(error);
    if (refusal === undefined) throw error;
    return cannotRead(path, refusal);
  }
}

async function uploadFrom(place: string | Buffer, request: Upload): Promise<TransferOutcome> {
  const { path, writer, transfer } = request;
  const unreadable = await orAbandoned(whyUnreadable(place), transfer);
  if (unreadable !== undefined) return cannotRead(path, unreadable);
  const near = request.rules.confinement === undefined && (await orAbandoned(isNear(place), transfer));
  transfer.header(`sending ${path}\n`);
  const outcome = await closedOnFailure(writer, send(place, near, request));
  // A truncated archive is only closed: unpacking would fail, or leave a part that looks complete.
  if (outcome.rc === 0) await writer.unpack();
  else await writer.close();
  return outcome;
}

async function send(
  place: string | Buffer,
  near: boolean,
  { path, rules, blockBytes, limitBytes, writer, ...request }: Upload,
): Promise<TransferOutcome> {
  const { signal, clock, progress } = request.transfer;
  const packed = packTree(place, signal, { isNear: near, hold: rules.confinement?.holdInside });
  const archive = new ChunkedBytes(compressed(packed, request.compression, request.environment));
  let isAbandoned = false;
  try {
    const take = (lengthBytes: number) => orAbandoned(archive.take(lengthBytes), { signal, clock });
    const end = await sendBlocks({ take, writer, blockBytes, limitBytes, signal, clock, progress });
    if (end === "limit reached") return limitReached(path);
    return { rc: end === "sent" ? 0 : 1 };
  } catch (error) {
    isAbandoned = signal.aborted && error === signal.reason;
    if (isAbandoned) return { rc: 1 };
    const reason = localReason(rules.confinement === undefined ? error : namingPath(error, path));
    if (reason === undefined) throw error;
    return cannotRead(path, reason);
  } finally {
    // Closing may wait for pending reads.
    if (isAbandoned) ignoreOutcome(archive.close());
    else await archive.close();
  }
}

function compressed(
  archive: AsyncIterable<Uint8Array>,
  compression: Compression,
  environment: CommandContext["environment"],
): AsyncIterable<Uint8Array> {
  if (compression === undefined) return archive;
  return compression === "gz" ? gzip(archive) : bzip2(archive, environment);
}

/** Why the archive could not be created; undefined when the master failed. */
function localReason(error: unknown): string | undefined {
  if (commandsErrors.fileShrank.is(error) || commandsErrors.compression.is(error)) return errorText(error);
  return osErrorText(error);
}

async function whyUnreadable(path: PathLike): Promise<string | undefined> {
  try {
    // Do not wait for a FIFO: a single file of any type is allowed too.
    await (await open(path, constants.O_RDONLY | constants.O_NONBLOCK)).close();
    return undefined;
  } catch (error) {
    const reason = osErrorText(error);
    if (reason === undefined) throw error;
    return reason;
  }
}

function cannotRead(path: string, reason: string): TransferOutcome {
  return { rc: 1, stderr: `Cannot read directory '${path}' for upload: ${reason}` };
}

/** A master unpacks anything else as uncompressed. */
function compressionOf(args: CommandArguments): Compression {
  const compress = args.get("compress");
  if (compress === undefined) throw commandsErrors.missingKey("compress");
  return compress === "gz" || compress === "bz2" ? compress : undefined;
}
