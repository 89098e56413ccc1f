// At the start of a worker, kills commands of an earlier one in the same base directory that was killed together with
// its supervisor. Never kills leftover processes of ended commands.
import { closeSync, constants, fstatSync, openSync, readSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import {
  entriesOf,
  HIDDEN_NAME,
  type ListedProcess,
  namesOf,
  openTree,
  type RunTree,
  readProcess,
  sweep,
} from "../tree/index.ts";
import { ownerHere, RECORD_PREFIX, type RecordOwner, readOwner } from "./running-record.ts";
import { runningAfter, type SupervisedCommand } from "./supervised-command.ts";

export interface OrphanSearch {
  readonly baseDirectory: string;
  /** A line for the worker's log. */
  readonly log: (text: string) => void;
  readonly clock: Clock;
}

/** No worker's record is this large. */
const RECORD_LIMIT_BYTES = 1024 * 1024;

/**
 * At this age a record of another boot or namespace is removed. It is either obsolete, or belongs to a running worker
 * on another host or in another container that shares the base directory.
 */
export const OLD_RECORD_MS = 7 * 24 * 3600 * 1000;

/** Resolves when they are gone, or cannot be killed. Reads only the base directory if there are none. */
export async function killOrphans(search: OrphanSearch): Promise<void> {
  for (const record of recordsIn(search.baseDirectory)) {
    const { path, changedMs, fate } = record;
    if (fate === "gone") await killAll(record, search);
    const isOld = search.clock.date().getTime() - changedMs > OLD_RECORD_MS;
    if (fate === "gone" || (fate === "unknown" && isOld)) remove(path);
  }
}

export interface Orphans {
  /** The pid of the dead worker. */
  readonly of: number;
  /** At least one. */
  readonly processes: readonly ListedProcess[];
}

/** The processes that killOrphans would kill; changes nothing. */
export async function findOrphans({ baseDirectory, clock }: Omit<OrphanSearch, "log">): Promise<readonly Orphans[]> {
  const found: Orphans[] = [];
  for (const { text, of, fate } of recordsIn(baseDirectory)) {
    const processes = fate === "gone" ? await runningOf(treesOf(runningAfter(text), clock)) : [];
    if (processes.length > 0) found.push({ of, processes });
  }
  return found;
}

interface WorkersRecord {
  readonly path: string;
  readonly text: string;
  /** Time of the last write, as in `Date`. */
  readonly changedMs: number;
  /** The pid of the worker that wrote it. */
  readonly of: number;
  /** Of that worker; unknown for another boot or namespace. */
  readonly fate: "gone" | "lives" | "unknown";
}

function recordsIn(baseDirectory: string): readonly WorkersRecord[] {
  const names = entriesOf(baseDirectory).filter((name) => name.startsWith(RECORD_PREFIX));
  return names.map((name) => readRecord(join(baseDirectory, name))).filter((record) => record !== undefined);
}

/** `here` is this process. */
export function fateOf({ pid, startTicks, world }: RecordOwner, here: RecordOwner): WorkersRecord["fate"] {
  if (world !== here.world || here.startTicks === undefined) return "unknown";
  return readProcess(pid)?.startTicks === startTicks ? "lives" : "gone";
}

async function killAll({ text, of }: WorkersRecord, { log, clock }: OrphanSearch): Promise<void> {
  const trees = treesOf(runningAfter(text), clock);
  const orphans = await runningOf(trees);
  if (orphans.length === 0) return;
  log(`killing the commands of worker process ${of}, which was killed: ${namesOf(orphans)}`);
  const survivors = await ofAll(trees, (tree) => sweep(tree, clock));
  if (survivors.length > 0) log(`could not be killed: ${namesOf(survivors)}`);
}

function treesOf(commands: readonly SupervisedCommand[], clock: Clock): readonly RunTree[] {
  return commands.map(({ leaderPid, startTicks = 0, cookie, hidesNames }) => {
    return openTree({ clock, leaderPid, startTicks, cookie, hidesNames, outputInodes: () => [] });
  });
}

function runningOf(trees: readonly RunTree[]): Promise<readonly ListedProcess[]> {
  return ofAll(trees, (tree) => tree.running());
}

/** Each process once, with secret names hidden. */
async function ofAll(
  trees: readonly RunTree[],
  find: (tree: RunTree) => Promise<readonly ListedProcess[] | undefined>,
): Promise<readonly ListedProcess[]> {
  const found = await Promise.all(
    trees.map(async (tree) => {
      const processes = (await find(tree)) ?? [];
      return tree.hidesNames ? processes.map((one) => ({ ...one, program: HIDDEN_NAME })) : processes;
    }),
  );
  return [...new Map(found.flat().map((one) => [one.pid, one])).values()];
}

/** Undefined for anything but a file that a worker wrote. */
function readRecord(path: string): WorkersRecord | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size > RECORD_LIMIT_BYTES || stat.uid !== process.geteuid?.()) return undefined;
    const bytes = Buffer.alloc(stat.size);
    const text = bytes.toString("latin1", 0, readSync(file, bytes));
    const owner = readOwner(text);
    return owner && { path, text, changedMs: stat.mtimeMs, of: owner.pid, fate: fateOf(owner, ownerHere()) };
  } catch {
    return undefined; // it is gone, or not ours
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // another starting worker was faster
  }
}
