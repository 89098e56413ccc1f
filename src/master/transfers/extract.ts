// Unpacks an untrusted tar archive into an empty directory: files, directories, and links that stay inside. Anything
// else is refused.
import { link, lstat, open, symlink, unlink } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { ParsedTarEntry, TarHeader } from "modern-tar";
import { errorCode } from "../../base/error-code.ts";
import { errorText, WorkerError } from "../../base/errors.ts";
import { systemError, systemReason } from "../../base/system-error.ts";
import { masterErrors } from "../errors.ts";
import { directoryAt, KnownDirectories, partsOf } from "./below.ts";

const MAX_ENTRIES = 500_000;
/** Created last, so that nothing is written through one. */
const MAX_LINKS = 10_000;
/** Limit of an entry's name in messages. */
const SHOWN_CHARACTERS = 200;
const FILE_MODE = 0o644;
const PROGRAM_MODE = 0o755;
const EXECUTABLE = 0o111;

export interface ExtractOptions {
  /** Limit of all file contents together. */
  readonly limitBytes: number;
  /** The name of the upload in messages. */
  readonly shown: string;
  /** Aborts it; the reason is a clause. */
  readonly signal: AbortSignal;
}

interface SymbolicLink {
  readonly parts: readonly string[];
  readonly target: string;
}

/** Rejects with ERR_ARCHIVE, ERR_UPLOAD_TOO_LARGE or ERR_MASTER_FILE, and leaves what it has created so far. */
export async function extract(bytes: AsyncIterable<Uint8Array>, top: string, options: ExtractOptions): Promise<void> {
  try {
    await new Extraction(top, options).run(bytes);
  } catch (error) {
    if (error instanceof WorkerError) throw error;
    if (systemError(error) !== undefined) throw masterErrors.masterFile.from(error, options.shown, systemReason(error));
    throw masterErrors.archive.from(error, options.shown, errorText(error));
  }
}

class Extraction {
  readonly #top: string;
  readonly #options: ExtractOptions;
  readonly #links: SymbolicLink[] = [];
  readonly #directories: KnownDirectories;
  #entries = 0;
  #contentBytes = 0;

  constructor(top: string, options: ExtractOptions) {
    this.#top = top;
    this.#options = options;
    this.#directories = new KnownDirectories(options.shown);
  }

  async run(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const source = Readable.toWeb(
      Readable.from(this.#untilStopped(bytes), { objectMode: false }),
    ) as ReadableStream<Uint8Array>;
    const { createTarDecoder } = await import("modern-tar");
    for await (const entry of source.pipeThrough(createTarDecoder({ strict: true }))) await this.#add(entry);
    // Last, so that no entry is written through a link.
    for (const { parts, target } of this.#links) {
      this.#throwIfStopped();
      await symlink(target, await this.#placeOf(parts));
    }
  }

  #throwIfStopped(): void {
    const { signal, shown } = this.#options;
    if (signal.aborted) throw masterErrors.archive(shown, `stopped: ${signal.reason}`);
  }

  async *#untilStopped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of bytes) {
      this.#throwIfStopped();
      yield chunk;
    }
  }

  async #add({ header, body }: ParsedTarEntry): Promise<void> {
    this.#throwIfStopped();
    this.#entries += 1;
    if (this.#entries > MAX_ENTRIES) throw masterErrors.uploadTooLarge(this.#options.shown, "entries", MAX_ENTRIES);
    // Workers include the directory itself.
    if (header.type === "directory" && /^\/*$/.test(header.name)) return;
    const parts = this.#partsOf(header.name);
    switch (header.type) {
      case "directory":
        await this.#directory(parts);
        return;
      case "file":
        return this.#write(parts, header, body);
      case "link":
        return this.#hardLink(parts, header.linkname ?? "");
      case "symlink":
        return this.#noteLink(parts, header.linkname ?? "");
      default:
        throw this.#refused(header.name, `entries of type ${header.type ?? "unknown"} are not allowed`);
    }
  }

  async #write(parts: readonly string[], header: TarHeader, body: ParsedTarEntry["body"]): Promise<void> {
    const { shown, limitBytes } = this.#options;
    this.#contentBytes += header.size;
    if (this.#contentBytes > limitBytes)
      throw masterErrors.uploadTooLarge(shown, "bytes unpacked (maxSize)", limitBytes);
    const path = await this.#placeOf(parts);
    const mode = ((header.mode ?? 0) & EXECUTABLE) === 0 ? FILE_MODE : PROGRAM_MODE;
    const handle = await this.#created(path, mode);
    try {
      for await (const chunk of body) await handle.writeFile(chunk);
      if (header.mtime !== undefined && Number.isFinite(header.mtime.getTime())) {
        await handle.utimes(header.mtime, header.mtime);
      }
    } finally {
      await handle.close();
    }
  }

  /** If several entries have the same name, the last one wins. */
  async #created(path: string, mode: number) {
    try {
      return await open(path, "wx", mode);
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
      await unlink(path);
      return open(path, "wx", mode);
    }
  }

  /** Only to an earlier file of the archive. No symbolic link exists yet, so none can be followed. */
  async #hardLink(parts: readonly string[], target: string): Promise<void> {
    const from = join(this.#top, ...this.#partsOf(target));
    const status = await lstat(from).catch(() => undefined); // then it is not a file
    if (status?.isFile() !== true) throw this.#refused(parts.join("/"), "its target is not a file of the archive");
    await link(from, await this.#placeOf(parts));
  }

  #noteLink(parts: readonly string[], target: string): void {
    if (this.#links.length === MAX_LINKS) throw masterErrors.uploadTooLarge(this.#options.shown, "links", MAX_LINKS);
    if (!staysInside(target, parts.length - 1))
      throw this.#refused(parts.join("/"), "it is a link that leads out of the directory");
    this.#links.push({ parts, target });
  }

  async #placeOf(parts: readonly string[]): Promise<string> {
    const directory = await this.#directory(parts.slice(0, -1));
    const name = parts.at(-1);
    if (name === undefined) throw this.#refused("", "it has no name");
    return join(directory, name);
  }

  #directory(parts: readonly string[]): Promise<string> {
    return directoryAt(this.#top, parts, { makes: true, shown: this.#options.shown, known: this.#directories });
  }

  #partsOf(name: string): readonly string[] {
    const parts = partsOf(name);
    if ("fault" in parts) throw this.#refused(name, parts.fault);
    return parts;
  }

  #refused(name: string, reason: string) {
    return masterErrors.archive(this.#options.shown, `${JSON.stringify(name.slice(0, SHOWN_CHARACTERS))}: ${reason}`);
  }
}

/**
 * The target may go up, at most to the top directory, and then only down. Such links stay inside even when they lead
 * through each other, since the parents of a link are real directories.
 */
function staysInside(target: string, depth: number): boolean {
  if (target === "" || target.startsWith("/") || target.includes("\0")) return false;
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  const ups = parts.findIndex((part) => part !== "..");
  const upCount = ups < 0 ? parts.length : ups;
  return upCount <= depth && !parts.slice(upCount).includes("..");
}
