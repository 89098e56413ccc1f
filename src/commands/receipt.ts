// What a program cost, as values for status and a line for its step's log. Only types: open-receipts.ts measures.

/** Seconds and bytes; null where there is no counter. */
export interface Receipt {
  readonly wall_seconds: number;
  readonly cpu_seconds: number | null;
  readonly user_seconds: number | null;
  readonly system_seconds: number | null;
  /** How long some of its processes waited for a processor, memory or a disk. */
  readonly stalled_cpu_seconds: number | null;
  readonly stalled_memory_seconds: number | null;
  readonly stalled_io_seconds: number | null;
  readonly peak_memory_bytes: number | null;
  readonly read_bytes: number | null;
  readonly written_bytes: number | null;
}

/** Reads a file of the program's control group; undefined if there is none. */
export type ReadGroupFile = (name: string) => string | undefined;

export interface Receipts {
  readonly measure: (wallMs: number, read: ReadGroupFile | undefined) => Receipt;
  /** Undefined for a program that did not run long enough. */
  readonly text: (receipt: Receipt, processesLeft: number) => string | undefined;
}
