// The processes of one run on Windows: those in its job, and their descendants that were started before the first process
// was in it. Without jobs, only taskkill knows them.
import type { ListedProcess, RunTree, SignalName } from "../tree/index.ts";
import type { Handle, WindowsKernel, WindowsProcess } from "./kernel.ts";
import { taskkill } from "./taskkill.ts";

export interface JobTreeOptions {
  readonly leaderPid: number;
  /** Undefined without the functions for jobs. */
  readonly kernel: WindowsKernel | undefined;
  /** The job of the worker, in which each of its processes is. */
  readonly ownJob: Handle | undefined;
}

/** The console window of a program: it is started by the system and ends by itself. */
const CONSOLE_HOST = /^conhost\.exe$/i;

export class JobTree implements RunTree {
  readonly leaderPid: number;
  readonly startTicks = undefined;
  readonly cookie = undefined;
  readonly controlGroup = undefined;
  readonly hidesNames = false;
  readonly isSure = true;
  readonly lookMs = 0;
  readonly #kernel: WindowsKernel | undefined;
  readonly #ownJob: Handle | undefined;
  #job: Handle | undefined;
  /** Keeps the pid from being reused. */
  #leader: Handle | undefined;
  #isLeaderGone = false;

  /** Call synchronously after starting the leader. */
  constructor({ leaderPid, kernel, ownJob }: JobTreeOptions) {
    this.leaderPid = leaderPid;
    this.#ownJob = ownJob;
    this.#leader = kernel?.openProcess(leaderPid);
    this.#job = this.#leader === undefined ? undefined : kernel?.createJob({ killOnClose: false });
    this.#kernel = this.#job === undefined ? undefined : kernel;
    // What it has started by now is in the worker's job only.
    if (kernel !== undefined && this.#job !== undefined && this.#leader !== undefined) {
      kernel.assign(this.#job, this.#leader);
      this.#adopt();
    }
  }

  noteLeaderReaped(): void {
    this.#isLeaderGone = true;
  }

  /** Processes that are still running continue, until the worker ends. */
  release(): void {
    for (const handle of [this.#job, this.#leader]) if (handle !== undefined) this.#kernel?.close(handle);
    this.#job = undefined;
    this.#leader = undefined;
  }

  async running(): Promise<readonly ListedProcess[] | undefined> {
    return this.#job === undefined ? undefined : this.#adopt();
  }

  async isRunning(): Promise<boolean> {
    return this.#adopt().length > 0;
  }

  recent(): Promise<readonly ListedProcess[]> {
    return this.outputHolders();
  }

  /** It is not known which process has the output open: all that are left. */
  async outputHolders(): Promise<readonly ListedProcess[]> {
    return this.#adopt().filter(({ pid }) => pid !== this.leaderPid);
  }

  isStaying({ pid }: ListedProcess): boolean {
    return this.#adopt().some((one) => one.pid === pid);
  }

  /** SIGTERM asks, as Buildbot's worker does, but ends a single process at once; any other signal ends all. */
  async signal(signal: SignalName): Promise<readonly ListedProcess[] | undefined> {
    const running = this.#adopt();
    if (signal === "SIGTERM") {
      if (!this.#isLeaderGone) void taskkill({ pid: this.leaderPid, force: false });
      if (this.#job !== undefined && running.length < 2) this.#kernel?.terminateJob(this.#job);
    } else if (this.#job === undefined) {
      if (!this.#isLeaderGone) await taskkill({ pid: this.leaderPid, force: true });
      return undefined;
    } else this.#kernel?.terminateJob(this.#job);
    return running;
  }

  /** Moves descendants that are not in the job into it, and returns all of its processes. */
  #adopt(): readonly ListedProcess[] {
    const job = this.#job;
    const kernel = this.#kernel;
    if (job === undefined || kernel === undefined) return [];
    const all = kernel.processes();
    const members = new Set(kernel.pidsOf(job));
    const parents = new Set([...members, this.leaderPid]);
    for (let grown = true; grown; ) {
      grown = false;
      for (const one of all) {
        if (parents.has(one.pid) || !parents.has(one.parent) || !this.#moves(one, kernel, job)) continue;
        parents.add(one.pid);
        members.add(one.pid);
        grown = true;
      }
    }
    return all.filter(({ pid, program }) => members.has(pid) && !CONSOLE_HOST.test(program)).map(listed);
  }

  /** Not a process whose parent is gone and whose parent's pid was reused: that one is older than its parent seems. */
  #moves({ pid, parent }: WindowsProcess, kernel: WindowsKernel, job: Handle): boolean {
    const [child, older] = [kernel.openProcess(pid), kernel.openProcess(parent)];
    try {
      if (child === undefined || (this.#ownJob !== undefined && !kernel.isIn(this.#ownJob, child))) return false;
      const [startedAt, parentStartedAt] = [kernel.startedAt(child), older && kernel.startedAt(older)];
      const isChild = startedAt !== undefined && parentStartedAt !== undefined && startedAt >= parentStartedAt;
      return isChild && kernel.assign(job, child);
    } finally {
      for (const handle of [child, older]) if (handle !== undefined) kernel.close(handle);
    }
  }
}

function listed({ pid, parent, program }: WindowsProcess): ListedProcess {
  return { pid, parent, program, group: 0, session: 0, startTicks: 0 };
}
