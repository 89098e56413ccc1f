// How files leave and enter the master's directories, as builds see it. Whoever makes a master says how they do.
import type { DownloadSource, UploadSink } from "./worker-link.ts";

export interface UploadLimits {
  /** Of all blocks together. */
  readonly limitBytes: number;
}

/** Paths are relative, and below the root directory whatever they say; others are refused with a WorkerError. */
export interface Transfers {
  fileSink(rootDirectory: string, relativePath: string, limits: UploadLimits): UploadSink | Promise<UploadSink>;
  /** The blocks are a tar archive, which is unpacked there. */
  archiveSink(rootDirectory: string, relativePath: string, limits: UploadLimits): UploadSink | Promise<UploadSink>;
  fileSource(rootDirectory: string, relativePath: string): DownloadSource | Promise<DownloadSource>;
  /** Removes what an earlier process has left of uploads that did not come to their end; rejects with a WorkerError. */
  removeLeftovers(rootDirectory: string): Promise<void>;
}

/** The same for the steps of one master, whose roots are known. */
export interface StepFiles {
  fileSink(path: string, limits: UploadLimits): UploadSink | Promise<UploadSink>;
  archiveSink(path: string, limits: UploadLimits): UploadSink | Promise<UploadSink>;
  fileSource(path: string): DownloadSource | Promise<DownloadSource>;
}

export function stepFiles(transfers: Transfers, uploads: string, downloads: string): StepFiles {
  return {
    fileSink: (path, limits) => transfers.fileSink(uploads, path, limits),
    archiveSink: (path, limits) => transfers.archiveSink(uploads, path, limits),
    fileSource: (path) => transfers.fileSource(downloads, path),
  };
}
