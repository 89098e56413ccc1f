// Finds the buildbot.tac of a worker's base directory, as every command but create-worker does first.
import { join } from "node:path";
import { configErrors } from "./errors.ts";
import { SOURCE_LIMIT_CHARS } from "./python/index.ts";
import { readRegularFile } from "./regular-file.ts";
import { TAC_MARKER } from "./tac.ts";

export interface TacFile {
  /** Absolute when the directory is. */
  readonly path: string;
  readonly text: string;
}

/** The file, known to hold the marker of a worker. Throws a usage error that ends up behind `invalid worker directory`. */
export function readTacFile(directory: string): TacFile {
  const path = join(directory, "buildbot.tac");
  const reading = readRegularFile(path, SOURCE_LIMIT_CHARS);
  if (!reading.ok) {
    const isMissing = reading.reason === "No such file or directory";
    throw configErrors.tacUnreachable(path, reading.reason).withTrouble(isMissing ? "tac-missing" : undefined);
  }
  if (!reading.text.includes(TAC_MARKER)) throw configErrors.tacContent(path);
  return { path, text: reading.text };
}
