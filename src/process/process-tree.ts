// All processes of one run: found in the system when they are asked for, and only then. Knows nothing of when or why they
// are to be ended.
//
// What belongs to a run: its session, which is its group too, since it was started as leader of one; its control group;
// whoever has its output open and is younger than it is; whoever has its cookie; and all descendants of those. One that
// was seen once belongs to it for good, also when its parents are gone. Nobody is taken for one by a guess, such as by its
// directory: a process that was killed by mistake is worse than one that was left.
import { hasCookie } from "./command-cookie.ts";
import type { ControlGroup } from "./control-groups.ts";
import { type SignalName, signalGroup, signalProcess } from "./kill-tree-posix.ts";
import { holdersOf, type OutputInode } from "./pipe-holders.ts";
import {
  eachProcess,
  environmentOf,
  isNoThread,
  isStillThere,
  type ListedProcess,
  listProcesses,
  listProcessesSince,
  startTicksOf,
} from "./process-list.ts";

export interface TreeRoot {
  /** Of a process that leads its session; a child of ours that was not reaped yet, or else `startTicks` is needed. */
  readonly leaderPid: number;
  /** When the leader of an earlier worker began. Its session counts only if the leader is still there. */
  readonly startTicks?: number;
  /** See command-cookie.ts. */
  readonly cookie: string | undefined;
  readonly controlGroup?: ControlGroup | undefined;
  /** What it prints to. */
  readonly outputInodes: () => readonly OutputInode[];
}

export class ProcessTree {
  readonly leaderPid: number;
  /** See `ListedProcess`; undefined where the system does not tell. */
  readonly startTicks: number | undefined;
  readonly cookie: string | undefined;
  readonly controlGroup: ControlGroup | undefined;
  readonly #outputInodes: () => readonly OutputInode[];
  #leaderReaped: boolean;
  /** Nobody is left in it, so that its number may be another's by now. */
  #sessionIsOver: boolean;
  #isSure = true;
  /** When those began that were seen, by their pids. */
  readonly #seen = new Map<number, number>();

  constructor({ leaderPid, startTicks, cookie, controlGroup, outputInodes }: TreeRoot) {
    this.leaderPid = leaderPid;
    this.cookie = cookie;
    this.controlGroup = controlGroup;
    this.#outputInodes = outputInodes;
    this.startTicks = startTicks ?? startTicksOf(leaderPid);
    this.#leaderReaped = startTicks !== undefined;
    this.#sessionIsOver = startTicks !== undefined && startTicksOf(leaderPid) !== startTicks;
  }

  /** Whether the last look was into all that may be of it. Not so while a stranger hangs in the kernel. */
  get isSure(): boolean {
    return this.#isSure;
  }

  /** The leader was waited for, so that its number may be another's by now. */
  noteLeaderReaped(): void {
    this.#leaderReaped = true;
  }

  /** What runs of it; undefined where the system does not tell. Milliseconds, more on a host with many processes. */
  running(): readonly ListedProcess[] | undefined {
    const all = listProcesses();
    return all === undefined ? undefined : this.#membersAmong(all);
  }

  isRunning(): boolean {
    const running = this.running();
    return running === undefined ? signalGroup({ pid: this.leaderPid, reaped: true }, 0) : running.length > 0;
  }

  /**
   * What runs of it and began after its leader, which costs some tens of microseconds as a rule. Not to miss any in the
   * rare case that the system began its numbers anew meanwhile, `running` is to be asked.
   */
  recent(): readonly ListedProcess[] {
    const recent = listProcessesSince(this.leaderPid);
    return recent === undefined ? [] : this.#membersAmong(recent).filter(({ isEnding }) => !isEnding);
  }

  /** Who keeps its output from ending. */
  outputHolders(): readonly ListedProcess[] {
    const holders = listProcesses()?.values() ?? [];
    return this.#holdersAmong(holders).filter(({ pid }) => pid !== process.pid);
  }

  /** Sends a signal to all of it, and returns what ran of it before. */
  signal(signal: SignalName): readonly ListedProcess[] | undefined {
    if (signal === "SIGKILL") this.controlGroup?.kill();
    const running = this.running();
    const isGroupThere = running === undefined || running.some(({ group }) => group === this.leaderPid);
    // The group at once and as a whole, so that none of it can start another one in between.
    if (isGroupThere || !this.#leaderReaped) signalGroup({ pid: this.leaderPid, reaped: this.#leaderReaped }, signal);
    for (const one of running ?? []) {
      if (one.group !== this.leaderPid && isStillThere(one)) signalProcess(one.pid, signal);
    }
    return signal === "SIGKILL" ? running?.concat(this.#killAsFound()) : running;
  }

  /** Each as soon as it is seen, for those that start others and end faster than all can be looked at. */
  #killAsFound(): readonly ListedProcess[] {
    const { startTicks = Number.POSITIVE_INFINITY } = this;
    const killed: ListedProcess[] = [];
    for (const one of eachProcess()) {
      const wasTold = this.#seen.get(one.pid) === one.startTicks;
      if (wasTold || one.startTicks < startTicks || one.pid === process.pid || one.isEnding) continue;
      if (!this.#bearsCookie(one) || !isNoThread(one.pid)) continue;
      signalProcess(one.pid, "SIGKILL");
      this.#seen.set(one.pid, one.startTicks);
      killed.push(one);
    }
    return killed;
  }

  #membersAmong(all: ReadonlyMap<number, ListedProcess>): readonly ListedProcess[] {
    const { startTicks = Number.POSITIVE_INFINITY } = this;
    const strangers = [...all.values()].filter(({ pid }) => pid !== process.pid && pid !== 1);
    const younger = strangers.filter((one) => one.startTicks >= startTicks);
    const grouped = new Set(this.controlGroup?.pids());
    const found = new Set([
      ...strangers.filter(({ pid, startTicks: ticks }) => this.#seen.get(pid) === ticks || grouped.has(pid)),
      ...this.#sessionMembers(all, younger),
      ...this.#holdersAmong(younger),
    ]);
    for (const one of this.#bearersOfCookie(younger.filter((process) => !found.has(process)))) found.add(one);
    addDescendants(found, strangers);
    for (const { pid, startTicks: ticks } of found) this.#seen.set(pid, ticks);
    return [...found];
  }

  #holdersAmong(candidates: Iterable<ListedProcess>): readonly ListedProcess[] {
    const holders = holdersOf(this.#outputInodes(), candidates);
    // Asked again, for what was closed while we looked may have become another's.
    return this.#outputInodes().length > 0 ? holders : [];
  }

  #sessionMembers(all: ReadonlyMap<number, ListedProcess>, younger: readonly ListedProcess[]): ListedProcess[] {
    const leader = all.get(this.leaderPid);
    // A number that is free again may be another session's.
    if (this.#sessionIsOver || (leader !== undefined && leader.startTicks !== this.startTicks)) return [];
    const members = younger.filter(({ session }) => session === this.leaderPid);
    if (this.#leaderReaped && members.length === 0) this.#sessionIsOver = true;
    return members;
  }

  #bearersOfCookie(candidates: readonly ListedProcess[]): ListedProcess[] {
    this.#isSure = this.cookie === undefined || !candidates.some(({ hangs }) => hangs);
    return candidates.filter((one) => this.#bearsCookie(one));
  }

  #bearsCookie({ pid, hangs }: ListedProcess): boolean {
    return this.cookie !== undefined && !hangs && hasCookie(environmentOf(pid) ?? "", this.cookie);
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
