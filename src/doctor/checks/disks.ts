// Checks free space and inodes on the file systems of the base directory and of temporary files.
import { constants } from "node:fs";
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { type Remark, statementsOf } from "../statement.ts";
import { type ProcessEnvironment, placeOf, type Subject } from "../subject.ts";
import type { ChecklistPoint } from "../troubles/index.ts";
import { accessProblem } from "./basedir.ts";

const MIB = 1024 * 1024;
/** Less is not enough for a build. */
const LEAST_BYTES = 100 * MIB;
const LEAST_INODES = 1000;

export interface DiskFacts {
  readonly path: string;
  /** Available to this account. */
  readonly freeBytes: number;
  readonly freeInodes: number;
  /** 0 for a file system without inodes. */
  readonly allInodes: number;
}

export async function checkDisks(subject: Subject): Promise<readonly Remark[]> {
  const place = placeOf(subject);
  const temporary = temporaryDirectory(subject.environment);
  const disk = await diskFacts(place);
  const unusable = accessProblem(temporary, constants.W_OK | constants.X_OK);
  return [
    ...(disk === undefined ? [] : judgeDisk("basedir", disk)),
    ...judgeTemporary(temporary, unusable, unusable === undefined ? await diskFacts(temporary) : undefined),
  ];
}

export function judgeDisk(point: ChecklistPoint, facts: DiskFacts): readonly Remark[] {
  const { fine, finding } = statementsOf(point);
  const { path, freeBytes, freeInodes, allInodes } = facts;
  const space = `${mibText(freeBytes)} free at ${path}`;
  const inodes = `${freeInodes} inodes free at ${path}`;
  return [
    freeBytes < LEAST_BYTES
      ? finding("disk-full", `only ${space}; expected ${mibText(LEAST_BYTES)} or more`)
      : fine(space),
    ...(allInodes === 0
      ? []
      : [
          freeInodes < LEAST_INODES
            ? finding("inodes-few", `only ${inodes}; expected ${LEAST_INODES} or more`)
            : fine(inodes),
        ]),
  ];
}

function judgeTemporary(path: string, unusable: string | undefined, disk: DiskFacts | undefined) {
  const { finding } = statementsOf("build");
  if (unusable !== undefined) return [finding("tmpdir-unusable", `temporary files go to ${path}: ${unusable}`)];
  return disk === undefined ? [] : judgeDisk("build", disk);
}

function temporaryDirectory(environment: ProcessEnvironment): string {
  return environment["TMPDIR"] || tmpdir();
}

/** Undefined if it cannot be read; another check reports why. */
async function diskFacts(path: string): Promise<DiskFacts | undefined> {
  try {
    const { bavail, bsize, ffree, files } = await statfs(path);
    return { path, freeBytes: bavail * bsize, freeInodes: ffree, allInodes: files };
  } catch {
    return undefined;
  }
}

/** A size, rounded down to MiB. */
export function mibText(bytes: number): string {
  return bytes < 1024 * MIB ? `${Math.floor(bytes / MIB)} MiB` : `${(bytes / MIB / 1024).toFixed(1)} GiB`;
}
