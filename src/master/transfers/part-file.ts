// A file that is being uploaded, under a temporary name next to its destination.
import { type FileHandle, open, rm } from "node:fs/promises";
import { countStreamed } from "../../base/engine.ts";
import { masterErrors } from "../errors.ts";
import { onMaster } from "./below.ts";
import { namesBeside } from "./part-names.ts";

/** Before the umask is applied. */
const FILE_MODE = 0o644;

export interface UploadLimits {
  /** Limit of all blocks together. */
  readonly limitBytes: number;
}

export class PartFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly #shown: string;
  readonly #limitBytes: number;
  #bytes = 0;

  private constructor(path: string, handle: FileHandle, { shown, limitBytes }: { shown: string; limitBytes: number }) {
    this.path = path;
    this.handle = handle;
    this.#shown = shown;
    this.#limitBytes = limitBytes;
  }

  /** `shown`: its name in messages. */
  static async open(place: string, shown: string, limitBytes: number): Promise<PartFile> {
    const path = namesBeside(place).part;
    const handle = await onMaster(shown, () => open(path, "wx+", FILE_MODE));
    return new PartFile(path, handle, { shown, limitBytes });
  }

  /** Rejects with ERR_UPLOAD_TOO_LARGE or ERR_MASTER_FILE. */
  async write(block: Uint8Array): Promise<void> {
    if (this.#bytes + block.length > this.#limitBytes) {
      throw masterErrors.uploadTooLarge(this.#shown, "bytes (maxSize)", this.#limitBytes);
    }
    countStreamed(block.length);
    await onMaster(this.#shown, async () => {
      for (let at = 0; at < block.length; ) {
        const { bytesWritten } = await this.handle.write(block, at, block.length - at, this.#bytes);
        at += bytesWritten;
        this.#bytes += bytesWritten;
      }
    });
  }

  /** May be repeated, also when the file is gone. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => {}); // already closed
    await rm(this.path, { force: true });
  }
}
