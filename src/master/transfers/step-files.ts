// How files leave and enter the directories of one master, as the steps of builds see it.
import type { DownloadSource, UploadSink } from "../worker-link.ts";
import { archiveSink } from "./archive-sink.ts";
import { fileSink } from "./file-sink.ts";
import { fileSource } from "./file-source.ts";
import type { UploadLimits } from "./part-file.ts";

/** Paths are relative, and stay below a directory whatever they say; others are refused with a WorkerError. */
export interface StepFiles {
  fileSink(path: string, limits: UploadLimits): UploadSink | Promise<UploadSink>;
  /** The blocks are a tar archive, which is unpacked there. */
  archiveSink(path: string, limits: UploadLimits): UploadSink | Promise<UploadSink>;
  fileSource(path: string): DownloadSource | Promise<DownloadSource>;
}

/** With uploads below one directory, and downloads from below the other. */
export function stepFiles(uploads: string, downloads: string): StepFiles {
  return {
    fileSink: (path, limits) => fileSink(uploads, path, limits),
    archiveSink: (path, limits) => archiveSink(uploads, path, limits),
    fileSource: (path) => fileSource(downloads, path),
  };
}
