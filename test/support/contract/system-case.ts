// What must hold on every system, as cases and results. They need no test runner, so that they can run where none is.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeTree } from "../../../src/base/windows/tree-work.ts";
import type { ChildSource } from "../../../src/process/spawn/index.ts";

export interface SystemUnderTest {
  readonly pipes: ChildSource;
  /** The worker's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** The built program. */
  readonly program: string;
  /** Opens a file as a program does that shares it with nobody, if the system knows that; returns what closes it. */
  readonly openAlone: (path: string) => () => void;
}

/** Also the working directory of the case; empty at its start, and removed at its end. */
export interface CasePlace extends SystemUnderTest {
  readonly directory: string;
}

export interface SystemCase {
  readonly name: string;
  /** Resolves to what JSON can hold. */
  readonly result: (place: CasePlace) => unknown;
  readonly expected: unknown;
  /** By other tests. */
  readonly isWellTestedOnPosix?: true;
}

/** Its result, or the text of its error. */
export async function resultOf({ result }: SystemCase, system: SystemUnderTest): Promise<unknown> {
  const directory = mkdtempSync(join(tmpdir(), "buildhand-contract-"));
  try {
    return await result({ ...system, directory });
  } catch (error) {
    return String(error);
  } finally {
    // On Windows it may be a process's directory for a moment.
    await removeTree(directory);
  }
}
