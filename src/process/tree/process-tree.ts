// All processes of one run: found in the system when they are asked for, and only then. Knows nothing of when or why they
// are to be ended.
//
// What belongs to a run: its session, which is its group too, since it was started as leader of one; its control group;
// whoever has its output open and is younger than it is; whoever has its cookie; and all descendants of those. One that
// was seen once belongs to it for good, also when its parents are gone. Nobody is taken for one by a guess, such as by its
// directory: a process that was killed by mistake is worse than one that was left.
import type { Clock } from "../../base/clock.ts";
import type { ControlGroup } from "./control-groups.ts";
import { findProcessesWithCookie } from "./cookie-search.ts";
import { holdsOneOf, type OutputInode } from "./pipe-holders.ts";
import {
  allPids,
  descendantsOf,
  isStillThere,
  type ListedProcess,
  lastPid,
  pidsSince,
  readProcess,
  startTicksOf,
} from "./process-list.ts";
import { type SignalName, signalGroup, signalProcess } from "./signals.ts";
import { TimeSlicer } from "./time-slicer.ts";
import { TreeMembers } from "./tree-members.ts";

export interface TreeRoot {
  readonly clock: Clock;
  /** Of a process that leads its session; a child of ours that was not reaped yet, or else `startTicks` is needed. */
  readonly leaderPid: number;
  /** When the leader of an earlier worker began. Its session counts only if the leader is still there. */
  readonly startTicks?: number;
  /** What the leader began not before, for one that may have been reaped in the very moment it was started. */
  readonly notBeforeTicks?: number | undefined;
  /** See command-cookie.ts. */
  readonly cookie: string | undefined;
  readonly controlGroup?: ControlGroup | undefined;
  /** See `SupervisedCommand`. */
  readonly hidesNames?: boolean | undefined;
  /** What it prints to. */
  readonly outputInodes: () => readonly OutputInode[];
}

/** How long a look at all processes spares later ones from looking at more than what is known and what began since. */
const WHOLE_LOOK_VALID_MS = 2000;

/** How many are looked at in one go before the first signal; those that went out of the group are among them. */
const DESCENDANTS_LIMIT = 250;

/** How many processes are looked at for what a run left that ended by itself. */
const RECENT_LIMIT = 4096;

/** The leaders of all trees that are children of ours and were not reaped yet: their numbers are nobody else's. */
const unreapedLeaders = new Set<number>();

interface Look {
  /** False ends it. */
  readonly isWanted: () => boolean;
  /** Called with each process as soon as it is found. */
  readonly onFound?: (member: ListedProcess) => void;
}

export class ProcessTree {
  readonly leaderPid: number;
  /** See `ListedProcess`; undefined where the system does not tell. */
  readonly startTicks: number | undefined;
  readonly cookie: string | undefined;
  readonly controlGroup: ControlGroup | undefined;
  readonly hidesNames: boolean;
  readonly #clock: Clock;
  readonly #outputInodes: () => readonly OutputInode[];
  #leaderReaped: boolean;
  /** Nobody is left in it, so that its number may be another's by now. */
  #sessionIsOver: boolean;
  #isReleased = false;
  #signalCount = 0;
  /** When those began that were seen and may run still, by their pids. */
  readonly #seen = new Map<number, number>();
  /** Those of the last look that may belong to it or not. */
  #doubtful: readonly ListedProcess[] = [];
  /** Up to which number all processes were looked at that began before, and when. */
  #looked: { readonly upToPid: number; readonly atMs: number } | undefined;
  #lookMs = 0;

  constructor({
    clock,
    leaderPid,
    startTicks,
    notBeforeTicks,
    cookie,
    controlGroup,
    hidesNames,
    outputInodes,
  }: TreeRoot) {
    this.leaderPid = leaderPid;
    this.cookie = cookie;
    this.controlGroup = controlGroup;
    this.hidesNames = hidesNames === true;
    this.#clock = clock;
    this.#outputInodes = outputInodes;
    this.startTicks = startTicks ?? startTicksOf(leaderPid) ?? notBeforeTicks;
    this.#leaderReaped = startTicks !== undefined;
    if (!this.#leaderReaped) unreapedLeaders.add(leaderPid);
    this.#sessionIsOver = startTicks !== undefined && startTicksOf(leaderPid) !== startTicks;
  }

  /** Whether the last look was into all that may be of it. Not so while a stranger hangs in the kernel. */
  get isSure(): boolean {
    return this.#doubtful.length === 0;
  }

  /** How long the last look took. */
  get lookMs(): number {
    return this.#lookMs;
  }

  /** The leader was waited for, so that its number may be another's by now. */
  noteLeaderReaped(): void {
    this.#leaderReaped = true;
    unreapedLeaders.delete(this.leaderPid);
  }

  /** Ends all looks; nothing is signalled any more. What it prints to may serve another run from now on. */
  release(): void {
    this.#isReleased = true;
  }

  /** What runs of it; undefined where the system does not tell. Milliseconds, more on a host with many processes. */
  running(): Promise<readonly ListedProcess[] | undefined> {
    return this.#look({ isWanted: () => !this.#isReleased });
  }

  async isRunning(): Promise<boolean> {
    const running = await this.running();
    return running === undefined ? signalGroup({ pid: this.leaderPid, reaped: true }, 0) : running.length > 0;
  }

  /** What the leader has started at once; for whoever asks in the same breath as he started the leader. */
  startedAlready(): readonly ListedProcess[] {
    const { leaderPid } = this;
    return runningOf(pidsSince(leaderPid)).filter(
      ({ session, parent }) => session === leaderPid || parent === leaderPid,
    );
  }

  /**
   * What runs of it and began after its leader, which was reaped: as a rule some tens of microseconds, and 20 µs for each
   * process that began since then if there are many. Those that nothing but their output leads to are not among them, and some may be
   * missing where the system began its numbers anew meanwhile: `running` finds them.
   */
  async recent(): Promise<readonly ListedProcess[]> {
    const { controlGroup } = this;
    const members = new TreeMembers();
    const isSessionOurs = this.#isSessionOurs();
    // Of a host that runs many programs at once those are nearly all.
    const pids = controlGroup?.pids() ?? pidsSince(this.leaderPid, unreapedLeaders);
    const slices = new TimeSlicer();
    for (const one of this.#eachOf(pids.slice(0, RECENT_LIMIT))) {
      if (slices.isOver) await slices.next();
      if (one.isEnding) continue;
      const isMember = controlGroup !== undefined || this.#isSeen(one) || (isSessionOurs && this.#isInSession(one));
      if (isMember || members.hasParentOf(one)) members.add(one);
      else if (this.#isYounger(one)) members.addCandidate(one);
    }
    members.complete();
    // Whoever takes in what has lost its parents was there before; all others have their parents among these.
    const listed = new Set(members.others.map(({ pid }) => pid));
    const adopted = members.others.filter(({ parent }) => !listed.has(parent) && !unreapedLeaders.has(parent));
    const isWanted = () => !this.#isReleased;
    await this.#findProcessesWithCookie(adopted, isWanted, (one) => members.add(one));
    members.complete();
    return members.found;
  }

  /** Who keeps its output from ending. */
  async outputHolders(): Promise<readonly ListedProcess[]> {
    const outputs = this.#outputInodes();
    const slices = new TimeSlicer();
    const holders: ListedProcess[] = [];
    for (const one of this.#eachOf(pidsSince(this.leaderPid))) {
      if (slices.isOver) await slices.next();
      if (this.#isYounger(one) && (await holdsOneOf(outputs, one.pid, slices))) holders.push(one);
    }
    return this.#isReleased ? [] : holders;
  }

  /**
   * Sends a signal to all of it, and resolves to what ran of it. Group and control group get it before this returns, each
   * of the others as soon as it is found, unless another signal was sent meanwhile.
   */
  async signal(signal: SignalName): Promise<readonly ListedProcess[] | undefined> {
    if (this.#isReleased) return [];
    this.#signalCount += 1;
    const count = this.#signalCount;
    const { leaderPid } = this;
    if (signal === "SIGKILL") this.controlGroup?.kill();
    let isGroupTold = !this.#leaderReaped;
    if (isGroupTold) {
      // What it started in other sessions may have nothing else that leads to it, and loses its parents now.
      for (const one of runningOf(descendantsOf(leaderPid, DESCENDANTS_LIMIT))) this.#seen.set(one.pid, one.startTicks);
      // As a whole, so that none of it can start another one in between.
      signalGroup({ pid: leaderPid, reaped: false }, signal);
    }
    const onFound = (one: ListedProcess) => {
      if (one.group !== leaderPid) {
        if (isStillThere(one)) signalProcess(one.pid, signal);
      } else if (!isGroupTold) {
        isGroupTold = true;
        signalGroup({ pid: leaderPid, reaped: true }, signal);
      }
    };
    const running = await this.#look({ isWanted: () => !this.#isReleased && this.#signalCount === count, onFound });
    if (running === undefined && !isGroupTold) signalGroup({ pid: leaderPid, reaped: true }, signal);
    return running;
  }

  async #look({ isWanted, onFound = () => {} }: Look): Promise<readonly ListedProcess[] | undefined> {
    const startedMs = this.#clock.nowMs();
    const upToPid = lastPid();
    if (Number.isNaN(upToPid)) return undefined;
    const members = new TreeMembers();
    const tell = () => {
      for (const one of members.complete()) {
        this.#seen.set(one.pid, one.startTicks);
        if (isWanted()) onFound(one);
      }
    };
    await this.#addPlainMembers(members, isWanted);
    tell();
    await this.#addHolders(members, isWanted);
    tell();
    // Last, since this alone may have to wait; each at once, as some do not live long before they start another one.
    const candidates = members.others.filter(this.#isYounger);
    const doubtful = await this.#findProcessesWithCookie(candidates, isWanted, (one) => {
      members.add(one);
      tell();
    });
    if (!isWanted()) return members.found;
    this.#doubtful = doubtful;
    const nowMs = this.#clock.nowMs();
    this.#looked = { upToPid, atMs: nowMs };
    this.#lookMs = nowMs - startedMs;
    return members.found;
  }

  /** Those that /proc/<pid>/stat tells of. */
  async #addPlainMembers(members: TreeMembers, isWanted: () => boolean): Promise<void> {
    const isSessionOurs = this.#isSessionOurs();
    let isSessionEmpty = true;
    const grouped = new Set(this.controlGroup?.pids());
    const slices = new TimeSlicer();
    for (const one of this.#eachOf(this.#pidsToLookAt(grouped))) {
      if (slices.isOver) await slices.next();
      if (!isWanted()) return;
      const isOfSession = isSessionOurs && this.#isInSession(one);
      if (isOfSession) isSessionEmpty = false;
      if (isOfSession || this.#isSeen(one) || grouped.has(one.pid) || members.hasParentOf(one)) members.add(one);
      else members.addCandidate(one);
    }
    if (this.#leaderReaped && isSessionEmpty && isWanted()) this.#sessionIsOver = true;
  }

  async #addHolders(members: TreeMembers, isWanted: () => boolean): Promise<void> {
    const outputs = this.#outputInodes();
    const slices = new TimeSlicer();
    for (const one of members.others.filter(this.#isYounger)) {
      if (slices.isOver) await slices.next();
      const isHolder = await holdsOneOf(outputs, one.pid, slices);
      if (!isWanted()) return;
      // Asked again, for what was closed while we looked may have become another's.
      if (isHolder && this.#outputInodes().length > 0) members.add(one);
    }
  }

  async #findProcessesWithCookie(
    candidates: readonly ListedProcess[],
    isWanted: () => boolean,
    onBearer: (bearer: ListedProcess) => void,
  ): Promise<readonly ListedProcess[]> {
    const { cookie } = this;
    if (cookie === undefined || candidates.length === 0) return [];
    return findProcessesWithCookie(candidates, { cookie, clock: this.#clock, isWanted, onBearer });
  }

  /** What is known comes first. */
  #pidsToLookAt(grouped: ReadonlySet<number>): readonly number[] {
    const looked = this.#looked;
    const isWhole = looked === undefined || this.#clock.nowMs() - looked.atMs > WHOLE_LOOK_VALID_MS;
    const known = [...this.#seen.keys(), ...this.#doubtful.map(({ pid }) => pid), ...grouped];
    return [...new Set([...known, ...(isWhole ? allPids() : pidsSince(looked.upToPid))])];
  }

  /** Those of the numbers that run, each looked at when it is asked for, but for ourselves and the first process of all. */
  *#eachOf(pids: readonly number[]): Generator<ListedProcess> {
    for (const pid of pids) {
      const one = readProcess(pid);
      if (one === undefined) this.#seen.delete(pid);
      else if (pid !== 1 && pid !== process.pid) yield one;
    }
  }

  #isSeen({ pid, startTicks }: ListedProcess): boolean {
    return this.#seen.get(pid) === startTicks;
  }

  readonly #isYounger = ({ startTicks }: ListedProcess): boolean => {
    return startTicks >= (this.startTicks ?? Number.POSITIVE_INFINITY);
  };

  #isInSession(one: ListedProcess): boolean {
    return one.session === this.leaderPid && this.#isYounger(one);
  }

  /** A number that is free again may be another session's. */
  #isSessionOurs(): boolean {
    if (this.#sessionIsOver) return false;
    const startTicks = startTicksOf(this.leaderPid);
    return startTicks === undefined || startTicks === this.startTicks;
  }
}

function runningOf(pids: readonly number[]): readonly ListedProcess[] {
  return pids.map(readProcess).filter((one) => one !== undefined);
}
