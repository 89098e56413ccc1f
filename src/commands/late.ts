// What commands need only with some options: loaded only then, but at the start: later the file may be another version's.
import type { SystemText } from "../base/encoding/system-text.ts";
import type { Confinement } from "./confine/open-confinement.ts";
import type { Receipts } from "./open-receipts.ts";

/** `ownFiles`: see `WorkerSetup`. Throws the system's error if the directory is missing, or without /proc. */
export async function confinementTo(baseDirectory: SystemText, ownFiles: readonly string[]): Promise<Confinement> {
  const { openConfinement } = await import("./confine/open-confinement.ts");
  return openConfinement(baseDirectory, ownFiles);
}

/** Undefined for 0, which means none. */
export async function receiptsAfter(leastMs: number): Promise<Receipts | undefined> {
  if (leastMs === 0) return undefined;
  const { openReceipts } = await import("./open-receipts.ts");
  return openReceipts(leastMs);
}
