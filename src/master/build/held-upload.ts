// Holds the end of an uploaded file back until it is known that the upload went well: a worker closes the file that it
// could not open, or not send whole, just like a good one, and what was there before must not be replaced by that.
import type { Result } from "../results.ts";
import type { UploadSink } from "../worker-link.ts";

export interface HeldUpload {
  readonly sink: UploadSink;
  /** Puts the file in its place if all went well, else forgets it. */
  readonly settle: (result: Result) => Promise<void>;
}

export function holdFile(file: UploadSink): HeldUpload {
  let isClosed = false;
  let isAbandoned = false;
  let times: readonly [number, number] | undefined;
  const abandon = async () => {
    if (isAbandoned) return;
    isAbandoned = true;
    await file.abandon();
  };
  const sink: UploadSink = {
    write: (block) => file.write(block),
    async utime(accessed, modified) {
      times = [accessed, modified];
    },
    async close() {
      isClosed = true;
    },
    abandon,
  };
  const settle = async (result: Result) => {
    if (isAbandoned) return;
    if (!isClosed || result !== "SUCCESS") return abandon();
    if (times !== undefined) await file.utime?.(...times);
    await file.close();
  };
  return { sink, settle };
}
