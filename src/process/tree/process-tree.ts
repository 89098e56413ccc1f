// All processes of one run, searched in the system on demand. Does not decide when or why to end them.
//
// A run consists of its session, which is also its process group; its control group; younger processes that have its
// output open; processes with its cookie; and all their descendants. A process that was found once stays part of the
// run, even when its parents are gone. There are no guesses, for example by working directory: killing a wrong process
// is worse than missing one.
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
  /** A session leader: a child of ours that is not reaped yet, or else `startTicks` is needed. */
  readonly leaderPid: number;
  /**
   * Start time of the leader, for a process of an earlier worker. Its session counts only if the leader still exists.
   */
  readonly startTicks?: number;
  /** Earliest start time of the leader, which may already have been reaped. */
  readonly notBeforeTicks?: number | undefined;
  /** See command-cookie.ts. */
  readonly cookie: string | undefined;
  readonly controlGroup?: ControlGroup | undefined;
  /** See `SupervisedCommand`. */
  readonly hidesNames?: boolean | undefined;
  /** The files of its output. */
  readonly outputInodes: () => readonly OutputInode[];
}

/** For this long after a full scan, later scans cover only known and newly started processes. */
const FULL_SCAN_VALID_MS = 2000;

/** Descendants, inside or outside the group, that are recorded before the first signal. */
const DESCENDANTS_LIMIT = 250;

/** Processes that are scanned for leftovers of a run that ended by itself. */
const RECENT_LIMIT = 4096;

/** The leaders of all trees that are unreaped children of ours: their pids cannot be reused. */
const unreapedLeaders = new Set<number>();

interface Look {
  /** False ends the scan. */
  readonly isWanted: () => boolean;
  /** Called for each process as soon as it is found. */
  readonly onFound?: (member: ListedProcess) => void;
}

/** Systems that know less about processes, or group them themselves, have another. */
export interface RunTree extends Omit<ProcessTree, "startedAlready">, Partial<Pick<ProcessTree, "startedAlready">> {
  /** Which of its processes the last scan may have missed, in a sentence; undefined if none. */
  readonly blindSpot?: string | undefined;
}

export class ProcessTree {
  readonly leaderPid: number;
  /** See `ListedProcess`; undefined if unknown. */
  readonly startTicks: number | undefined;
  readonly cookie: string | undefined;
  readonly controlGroup: ControlGroup | undefined;
  readonly hidesNames: boolean;
  readonly #clock: Clock;
  readonly #outputInodes: () => readonly OutputInode[];
  #leaderReaped: boolean;
  /** It is empty, so its number may have been reused. */
  #sessionIsOver: boolean;
  #isReleased = false;
  #signalCount = 0;
  /** Start times, by pid, of the processes that were found and may still run. */
  readonly #seen = new Map<number, number>();
  /** Processes of the last scan whose membership could not be determined. */
  #undetermined: readonly ListedProcess[] = [];
  /** The last full or partial scan: it covered all pids up to `upToPid`. */
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

  /** Whether the last scan could examine all candidates. False, for example, while one hangs in the kernel. */
  get isSure(): boolean {
    return this.#undetermined.length === 0;
  }

  /** Duration of the last scan. */
  get lookMs(): number {
    return this.#lookMs;
  }

  /** The leader was reaped, so its pid may be reused. */
  noteLeaderReaped(): void {
    this.#leaderReaped = true;
    unreapedLeaders.delete(this.leaderPid);
  }

  /** Ends all scans and signals. Its output pipes may serve another run from now on. */
  release(): void {
    this.#isReleased = true;
  }

  /** Its running processes; undefined if unknown. Takes milliseconds, more on a host with many processes. */
  running(): Promise<readonly ListedProcess[] | undefined> {
    return this.#look({ isWanted: () => !this.#isReleased });
  }

  async isRunning(): Promise<boolean> {
    const running = await this.running();
    return running === undefined ? signalGroup({ pid: this.leaderPid, reaped: true }, 0) : running.length > 0;
  }

  /** The processes that the leader has already started; call synchronously after starting the leader. */
  startedAlready(): readonly ListedProcess[] {
    const { leaderPid } = this;
    return runningOf(pidsSince(leaderPid)).filter(
      ({ session, parent }) => session === leaderPid || parent === leaderPid,
    );
  }

  /**
   * Its running processes that started after its reaped leader. Usually takes some tens of microseconds, or 20 µs for
   * each process started since then if there are many. Misses those that only their output identifies, and some if pids
   * wrapped around meanwhile: `running` finds them.
   */
  async recent(): Promise<readonly ListedProcess[]> {
    const { controlGroup } = this;
    const members = new TreeMembers();
    const isSessionOurs = this.#isSessionOurs();
    // On a host that runs many programs at once, unreaped leaders are nearly all of the processes.
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
    // Orphaned processes are adopted by an older process; all others have their parents among these.
    const listed = new Set(members.others.map(({ pid }) => pid));
    const adopted = members.others.filter(({ parent }) => !listed.has(parent) && !unreapedLeaders.has(parent));
    const isWanted = () => !this.#isReleased;
    await this.#findProcessesWithCookie(adopted, isWanted, (one) => members.add(one));
    members.complete();
    return members.found;
  }

  /** Whether it is still running, and not about to end. */
  isStaying({ pid, startTicks }: ListedProcess): boolean {
    const now = readProcess(pid);
    return now?.startTicks === startTicks && !now.isEnding;
  }

  /** The processes that hold its output open. */
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
   * Sends a signal to all its processes, and resolves to those that were running. The process group and control group
   * get it before this returns, the others as soon as they are found, unless another signal is sent meanwhile.
   */
  async signal(signal: SignalName): Promise<readonly ListedProcess[] | undefined> {
    if (this.#isReleased) return [];
    this.#signalCount += 1;
    const count = this.#signalCount;
    const { leaderPid } = this;
    if (signal === "SIGKILL") this.controlGroup?.kill();
    let isGroupSignalled = !this.#leaderReaped;
    if (isGroupSignalled) {
      // Descendants in other sessions may be identified only by their parents, which are killed now.
      for (const one of runningOf(descendantsOf(leaderPid, DESCENDANTS_LIMIT))) this.#seen.set(one.pid, one.startTicks);
      // The whole group at once, so that no member can start another process in between.
      signalGroup({ pid: leaderPid, reaped: false }, signal);
    }
    const onFound = (one: ListedProcess) => {
      if (one.group !== leaderPid) {
        if (isStillThere(one)) signalProcess(one.pid, signal);
      } else if (!isGroupSignalled) {
        isGroupSignalled = true;
        signalGroup({ pid: leaderPid, reaped: true }, signal);
      }
    };
    const running = await this.#look({ isWanted: () => !this.#isReleased && this.#signalCount === count, onFound });
    if (running === undefined && !isGroupSignalled) signalGroup({ pid: leaderPid, reaped: true }, signal);
    return running;
  }

  async #look({ isWanted, onFound = () => {} }: Look): Promise<readonly ListedProcess[] | undefined> {
    const startedMs = this.#clock.nowMs();
    const upToPid = lastPid();
    if (Number.isNaN(upToPid)) return undefined;
    const members = new TreeMembers();
    const report = () => {
      for (const one of members.complete()) {
        this.#seen.set(one.pid, one.startTicks);
        if (isWanted()) onFound(one);
      }
    };
    await this.#addPlainMembers(members, isWanted);
    report();
    await this.#addHolders(members, isWanted);
    report();
    // Last, since only this may block; each is signalled at once, as some live only briefly before they start another
    // one.
    const candidates = members.others.filter(this.#isYounger);
    const undetermined = await this.#findProcessesWithCookie(candidates, isWanted, (one) => {
      members.add(one);
      report();
    });
    if (!isWanted()) return members.found;
    this.#undetermined = undetermined;
    const nowMs = this.#clock.nowMs();
    this.#looked = { upToPid, atMs: nowMs };
    this.#lookMs = nowMs - startedMs;
    return members.found;
  }

  /** The members that /proc/<pid>/stat identifies. */
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
      // Checked again, since a pipe that was closed meanwhile may have been reused.
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

  /** Known processes come first. */
  #pidsToLookAt(grouped: ReadonlySet<number>): readonly number[] {
    const looked = this.#looked;
    const isWhole = looked === undefined || this.#clock.nowMs() - looked.atMs > FULL_SCAN_VALID_MS;
    const known = [...this.#seen.keys(), ...this.#undetermined.map(({ pid }) => pid), ...grouped];
    return [...new Set([...known, ...(isWhole ? allPids() : pidsSince(looked.upToPid))])];
  }

  /** The running processes among the pids, each read on demand, except pid 1 and our own. */
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

  /** The number of an ended session may be reused. */
  #isSessionOurs(): boolean {
    if (this.#sessionIsOver) return false;
    const startTicks = startTicksOf(this.leaderPid);
    return startTicks === undefined || startTicks === this.startTicks;
  }
}

function runningOf(pids: readonly number[]): readonly ListedProcess[] {
  return pids.map(readProcess).filter((one) => one !== undefined);
}
