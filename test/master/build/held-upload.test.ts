import { expect, test } from "vitest";
import { holdFile } from "../../../src/master/build/held-upload.ts";
import type { UploadSink } from "../../../src/master/worker-link.ts";

function recorded(): { readonly calls: string[]; readonly file: UploadSink } {
  const calls: string[] = [];
  return {
    calls,
    file: {
      write: async (block) => void calls.push(`write ${block.length}`),
      utime: async (accessed, modified) => void calls.push(`utime ${accessed} ${modified}`),
      close: async () => void calls.push("close"),
      abandon: async () => void calls.push("abandon"),
    },
  };
}

test("a file is put in its place when the upload went well, with its times", async () => {
  const { calls, file } = recorded();
  const { sink, settle } = holdFile(file);
  await sink.write(Buffer.from("abc"));
  await sink.close();
  await sink.utime?.(1, 2);
  expect(calls).toEqual(["write 3"]);
  await settle("SUCCESS");
  expect(calls).toEqual(["write 3", "utime 1 2", "close"]);
});

test.each(["FAILURE", "RETRY", "CANCELLED", "EXCEPTION"] as const)(
  "a file that the worker closed goes when the step ends %s",
  async (result) => {
    const { calls, file } = recorded();
    const { sink, settle } = holdFile(file);
    await sink.close();
    await settle(result);
    expect(calls).toEqual(["abandon"]);
  },
);

test("a file that was never closed goes, once", async () => {
  const { calls, file } = recorded();
  const { sink, settle } = holdFile(file);
  await sink.abandon();
  await settle("SUCCESS");
  await settle("SUCCESS");
  expect(calls).toEqual(["abandon"]);
});
