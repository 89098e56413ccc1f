// Commands of which every one is told why the system refuses it: their common arguments, and what they report.
import { expect } from "vitest";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { FakeReader, FakeWriter } from "../support/fake-files.ts";
import type { AttachedProgram } from "./attached-program.ts";

/** Of the file that every download brings. */
export const DOWNLOADED_BYTES = 3_000_000;

export const quiet = { logEnviron: false };
const transfer = { workdir: "", maxsize: null, blocksize: 16_384 };
export const upload = { ...transfer, keepstamp: false };
export const uploadTree = { ...transfer, compress: null };
export const download = { ...transfer, mode: null };

/** The rc and the text of a stream, with `DIR` for the builder's directory; the command completes once, without a failure. */
export async function result(
  worker: AttachedProgram,
  stream: "header" | "stderr",
  [command, args]: readonly [string, Record<string, JellyValue>],
): Promise<[unknown, string]> {
  const report = await worker.run(command, args, filesFor(command));
  expect([await report.completed, report.completions]).toEqual([null, 1]);
  return [report.value("rc"), report.text(stream).replaceAll(worker.builderDirectory, "DIR")];
}

/** The master's end of a transfer. */
export function filesFor(command: string) {
  if (command.startsWith("upload")) return { writer: new FakeWriter() };
  return command.startsWith("download") ? { reader: new FakeReader(Buffer.alloc(DOWNLOADED_BYTES)) } : {};
}
