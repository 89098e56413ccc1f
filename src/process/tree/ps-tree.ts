// The processes of one run on a system without /proc: its process group, the processes with its cookie, if `ps` shows
// their environment, and all their descendants. Loaded only there; `process-tree.ts` says what a run consists of.
//
// `ps` runs only when something is killed. What a run leaves running is otherwise not looked for, nor who holds its output
// open.
import type { Clock } from "../../base/clock.ts";
import type { ListedProcess } from "./process-list.ts";
import type { RunTree, TreeRoot } from "./process-tree.ts";
import { psBearers, psProcesses, psProcessesNow } from "./ps.ts";
import { type SignalName, signalGroup, signalProcess } from "./signals.ts";
import { TreeMembers } from "./tree-members.ts";

export { psProcess, psProcesses } from "./ps.ts";
export { psShellFunctions } from "./ps-shell.ts";

const HIDES_SOME =
  "this system has no /proc: a process that left the command's process group is found only while its parent runs, or by its environment if ps shows that";
const HIDES_ALL =
  "this system has no /proc, and ps does not list processes: only the command's process group was killed";

export class PsTree implements RunTree {
  readonly leaderPid: number;
  readonly startTicks: number | undefined;
  readonly cookie: string | undefined;
  readonly controlGroup = undefined;
  readonly hidesNames: boolean;
  readonly isSure = true;
  readonly #clock: Clock;
  #leaderReaped: boolean;
  /** It is empty, so its number may have been reused. */
  #groupIsOver = false;
  #isReleased = false;
  #signalCount = 0;
  /** Start times, by pid, of the processes that were found and may still run. */
  readonly #seen = new Map<number, number>();
  #lookMs = 0;
  #blindSpot = HIDES_SOME;

  constructor({ clock, leaderPid, startTicks, cookie, hidesNames }: TreeRoot) {
    this.leaderPid = leaderPid;
    this.cookie = cookie;
    this.hidesNames = hidesNames === true;
    this.#clock = clock;
    this.startTicks = startTicks;
    this.#leaderReaped = startTicks !== undefined;
  }

  get lookMs(): number {
    return this.#lookMs;
  }

  get blindSpot(): string {
    return this.#blindSpot;
  }

  noteLeaderReaped(): void {
    this.#leaderReaped = true;
  }

  release(): void {
    this.#isReleased = true;
  }

  running(): Promise<readonly ListedProcess[] | undefined> {
    return this.#look();
  }

  async isRunning(): Promise<boolean> {
    const running = await this.#look();
    return running === undefined ? signalGroup({ pid: this.leaderPid, reaped: true }, 0) : running.length > 0;
  }

  async recent(): Promise<readonly ListedProcess[]> {
    return [];
  }

  async outputHolders(): Promise<readonly ListedProcess[]> {
    return [];
  }

  isStaying({ pid, isEnding }: ListedProcess): boolean {
    return isEnding !== true && signalProcess(pid, 0);
  }

  async signal(signal: SignalName): Promise<readonly ListedProcess[] | undefined> {
    if (this.#isReleased) return [];
    this.#signalCount += 1;
    const count = this.#signalCount;
    const { leaderPid } = this;
    const isGroupSignalled = !this.#leaderReaped;
    if (isGroupSignalled) {
      // Descendants in other groups may be identified only by their parents, which are killed now.
      this.#noteMembers(psProcessesNow());
      signalGroup({ pid: leaderPid, reaped: false }, signal);
    }
    const running = await this.#look();
    if (this.#isReleased || count !== this.#signalCount) return running ?? [];
    const isOfGroup = ({ group }: ListedProcess) => group === leaderPid;
    if (!isGroupSignalled && (running?.some(isOfGroup) ?? !this.#groupIsOver)) {
      signalGroup({ pid: leaderPid, reaped: true }, signal);
    }
    for (const one of running ?? []) if (!isOfGroup(one)) signalProcess(one.pid, signal);
    return running;
  }

  async #look(): Promise<readonly ListedProcess[] | undefined> {
    const startedMs = this.#clock.nowMs();
    const { cookie } = this;
    const [listed, bearers] = await Promise.all([psProcesses(), cookie === undefined ? undefined : psBearers(cookie)]);
    this.#lookMs = this.#clock.nowMs() - startedMs;
    return this.#noteMembers(listed, bearers);
  }

  #noteMembers(
    listed: readonly ListedProcess[] | undefined,
    bearers: ReadonlySet<number> = new Set(),
  ): readonly ListedProcess[] | undefined {
    this.#blindSpot = listed === undefined ? HIDES_ALL : HIDES_SOME;
    if (listed === undefined) return undefined;
    const isGroupOurs = !this.#groupIsOver && !listed.some((one) => this.#hasTakenPid(one));
    const members = new TreeMembers();
    for (const one of listed) {
      if (one.pid <= 1 || one.pid === process.pid) continue;
      const isOfGroup = isGroupOurs && one.group === this.leaderPid;
      if (isOfGroup || bearers.has(one.pid) || this.#seen.get(one.pid) === one.startTicks) members.add(one);
      else members.addCandidate(one);
    }
    members.complete();
    this.#seen.clear();
    for (const one of members.found) this.#seen.set(one.pid, one.startTicks);
    if (this.#leaderReaped && !members.found.some(({ group }) => group === this.leaderPid)) this.#groupIsOver = true;
    return members.found;
  }

  /** Whether it has the pid of the leader, which is gone. */
  #hasTakenPid({ pid }: ListedProcess): boolean {
    return pid === this.leaderPid && this.#leaderReaped;
  }
}
