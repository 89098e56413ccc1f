// All processes of one run: found in the system when they are asked for, and only then. Knows nothing of when or why they
// are to be ended.
//
// What belongs to a run: its session, which is its group too, since it was started as leader of one; whoever has its
// output open and is younger than it is; whoever has its cookie; and all descendants of those. One that was seen once
// belongs to it for good, also when its parents are gone. Nobody is taken for one by a guess, such as by its directory: a
// process that was killed by mistake is worse than one that was left.
import { hasCookie } from "./command-cookie.ts";
import { type SignalName, signalGroup, signalProcess } from "./kill-tree-posix.ts";
import { holdersOf } from "./pipe-holders.ts";
import { environmentOf, isStillThere, type ListedProcess, listProcesses, startTicksOf } from "./process-list.ts";

export interface TreeRoot {
  /** Of a child that leads its session and was not reaped yet. */
  readonly leaderPid: number;
  /** See `MarkedEnvironment`. */
  readonly cookie: string | undefined;
  /** The inodes of the pipes that it writes to. */
  readonly outputInodes: () => readonly number[];
}

export class ProcessTree {
  readonly leaderPid: number;
  /** See `ListedProcess`; undefined where the system does not tell. */
  readonly startTicks: number | undefined;
  readonly cookie: string | undefined;
  readonly #outputInodes: () => readonly number[];
  #leaderReaped = false;
  /** When those began that were seen, by their pids. */
  readonly #seen = new Map<number, number>();

  constructor({ leaderPid, cookie, outputInodes }: TreeRoot) {
    this.leaderPid = leaderPid;
    this.cookie = cookie;
    this.#outputInodes = outputInodes;
    this.startTicks = startTicksOf(leaderPid);
  }

  /** The leader was waited for, so that its number may be another's by now. */
  noteLeaderReaped(): void {
    this.#leaderReaped = true;
  }

  /** What runs of it; undefined where the system does not tell. Milliseconds, more on a host with many processes. */
  running(): readonly ListedProcess[] | undefined {
    const all = listProcesses();
    if (all === undefined) return undefined;
    const { startTicks = Number.POSITIVE_INFINITY } = this;
    const strangers = [...all.values()].filter(({ pid }) => pid !== process.pid && pid !== 1);
    const younger = strangers.filter((one) => one.startTicks >= startTicks);
    const found = new Set([
      ...strangers.filter(({ pid, startTicks: ticks }) => this.#seen.get(pid) === ticks),
      ...this.#sessionMembers(all, younger),
      ...holdersOf(this.#outputInodes(), younger),
      ...younger.filter(({ pid }) => this.#bearsCookie(pid)),
    ]);
    addDescendants(found, strangers);
    for (const { pid, startTicks: ticks } of found) this.#seen.set(pid, ticks);
    return [...found];
  }

  isRunning(): boolean {
    const running = this.running();
    return running === undefined ? this.#hasGroup() : running.length > 0;
  }

  /** What a run that is over left in its session; of those alone, nothing is asked of the system when its group is empty. */
  leftInSession(): readonly ListedProcess[] {
    if (!this.#hasGroup()) return [];
    return this.running()?.filter(({ session }) => session === this.leaderPid) ?? [];
  }

  /** Who keeps its output from ending. */
  outputHolders(): readonly ListedProcess[] {
    const holders = listProcesses()?.values() ?? [];
    return holdersOf(this.#outputInodes(), holders).filter(({ pid }) => pid !== process.pid);
  }

  /** Sends a signal to all of it, and returns what ran of it before. */
  signal(signal: SignalName): readonly ListedProcess[] | undefined {
    const running = this.running();
    const isGroupThere = running === undefined || running.some(({ group }) => group === this.leaderPid);
    // The group at once and as a whole, so that none of it can start another one in between.
    if (isGroupThere || !this.#leaderReaped) signalGroup({ pid: this.leaderPid, reaped: this.#leaderReaped }, signal);
    for (const one of running ?? []) {
      if (one.group !== this.leaderPid && isStillThere(one)) signalProcess(one.pid, signal);
    }
    return running;
  }

  /** Whether the leader's group has a member, or a zombie: asked of the kernel in a microsecond. */
  #hasGroup(): boolean {
    return signalGroup({ pid: this.leaderPid, reaped: true }, 0);
  }

  #sessionMembers(all: ReadonlyMap<number, ListedProcess>, younger: readonly ListedProcess[]): ListedProcess[] {
    const leader = all.get(this.leaderPid);
    // A number that is free again may be another session's.
    if (leader !== undefined && leader.startTicks !== this.startTicks) return [];
    return younger.filter(({ session }) => session === this.leaderPid);
  }

  #bearsCookie(pid: number): boolean {
    return this.cookie !== undefined && hasCookie(environmentOf(pid) ?? "", this.cookie);
  }
}

function addDescendants(found: Set<ListedProcess>, candidates: readonly ListedProcess[]): void {
  const pids = new Set([...found].map(({ pid }) => pid));
  let size: number;
  do {
    size = found.size;
    for (const candidate of candidates) {
      if (!pids.has(candidate.parent) || pids.has(candidate.pid)) continue;
      found.add(candidate);
      pids.add(candidate.pid);
    }
  } while (found.size > size);
}
