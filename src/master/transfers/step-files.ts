// The files of one master that upload and download steps may access.
import type { DownloadSource, UploadSink } from "../worker-link.ts";
import { archiveSink } from "./archive-sink.ts";
import { fileSink } from "./file-sink.ts";
import { fileSource } from "./file-source.ts";
import type { UploadLimits } from "./part-file.ts";

/** Paths are relative and must stay below the directory; others are refused with a WorkerError. */
export interface StepFiles {
  fileSink(path: string, limits: UploadLimits): UploadSink | Promise<UploadSink>;
  /** The blocks are a tar archive, which is unpacked there. */
  archiveSink(path: string, limits: UploadLimits): UploadSink | Promise<UploadSink>;
  fileSource(path: string): DownloadSource | Promise<DownloadSource>;
}

/** Uploads go below the first directory; downloads come from below the second. */
export function stepFiles(uploads: string, downloads: string): StepFiles {
  return {
    fileSink: (path, limits) => fileSink(uploads, path, limits),
    archiveSink: (path, limits) => archiveSink(uploads, path, limits),
    fileSource: (path) => fileSource(downloads, path),
  };
}
