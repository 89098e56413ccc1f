// Files on their way between master and worker, whose contents are compared when they have arrived.
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { taken } from "./commands.js";

const UPLOAD_BLOCK_BYTES = 262_144;
const DOWNLOAD_BLOCK_BYTES = 16_384;
const SOURCE = "f";

/** What goes either way, by worker. @type {WeakMap<import("./workers.js").Worker, Buffer>} */
const contents = new WeakMap();

/** Has the worker's transfers be of so many bytes, which nothing can make smaller. @param {import("./workers.js").Worker} worker @param {number} bytes */
export function prepareTransfers(worker, bytes) {
  const content = randomBytes(bytes);
  contents.set(worker, content);
  writeFileSync(join(worker.directory, SOURCE), content);
}

/** With the block size of Buildbot's FileUpload. @param {import("./workers.js").Worker} worker */
export async function upload(worker) {
  const blocks = [];
  const options = {
    workdir: "build",
    workersrc: SOURCE,
    path: join(worker.directory, SOURCE), // over MessagePack
    maxsize: null,
    blocksize: UPLOAD_BLOCK_BYTES,
    keepstamp: false,
  };
  const handle = worker.attached.writer((block) => blocks.push(Buffer.from(block)));
  const figures = await taken(worker, () => worker.run("uploadFile", { ...options, ...handle }));
  if (!Buffer.concat(blocks).equals(contents.get(worker)))
    throw new Error(`the upload by the ${worker.kind} worker differs`);
  return figures;
}

/** With the block size of Buildbot's FileDownload. @param {import("./workers.js").Worker} worker */
export async function download(worker) {
  const options = {
    workdir: "build",
    workerdest: "arrived",
    path: join(worker.directory, "arrived"),
    maxsize: null,
    blocksize: DOWNLOAD_BLOCK_BYTES,
    mode: null,
  };
  const handle = worker.attached.reader(contents.get(worker));
  const figures = await taken(worker, () => worker.run("downloadFile", { ...options, ...handle }));
  const arrived = readFileSync(join(worker.directory, "arrived"));
  if (!arrived.equals(contents.get(worker))) throw new Error(`the download by the ${worker.kind} worker differs`);
  return figures;
}
