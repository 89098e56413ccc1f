// What a master's process does for its parent with a worker that is attached, in whichever protocol.
import type { Socket } from "node:net";

export const protocols = ["pb", "msgpack"] as const;

export type BenchProtocol = (typeof protocols)[number];

/** On its errands: each resolves when it is done, or under way if it has no end. */
export interface Errands {
  /** A command from its start to its end. */
  build(): Promise<void>;
  /** Resolves to the process that runs. */
  shell(): Promise<number>;
  /** Never gets beyond its second block. */
  upload(): Promise<void>;
  download(): Promise<void>;
}

export interface ErrandMaster {
  readonly port: number;
  readonly sockets: ReadonlySet<Socket>;
  nextWorker(): Promise<Errands>;
  close(): Promise<void>;
}

export interface ErrandMasterOptions {
  readonly port: number;
  readonly passwords: Readonly<Record<string, string>>;
  /** Names no builders to those that it has let in. */
  readonly isIdle: boolean;
}

export const MIB = 1024 * 1024;
export const BLOCK_BYTES = 65_536;

/** Answers the calls before that one, and tells when it has come; it is never answered. */
export function stuckAt(call: number): {
  readonly beforeAnswer: (number: number) => Promise<void> | undefined;
  readonly reached: Promise<void>;
} {
  let tell: () => void = () => {};
  const reached = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const never = new Promise<void>(() => {});
  return {
    reached,
    beforeAnswer(number) {
      if (number === call) tell();
      return number < call ? undefined : never;
    },
  };
}
