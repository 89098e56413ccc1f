// The functions of Windows that Node.js does not have: job objects and the list of processes, through koffi. Knows no
// commands.
import { createRequire } from "node:module";

/** An open handle of the system; 0 for none. */
export type Handle = number | bigint;

/** A process as the system lists it. */
export interface WindowsProcess {
  readonly pid: number;
  readonly parent: number;
  /** Name of its file, such as `cmd.exe`. */
  readonly program: string;
}

export type WindowsKernel = ReturnType<typeof loadWindowsKernel>;

type Call = (...args: readonly unknown[]) => Handle;
interface Koffi {
  load(library: string): { func(prototype: string): Call };
}

/** All of the package that is needed is its native part, which exists for each kind of processor. */
const PACKAGE = `@koromix/koffi-win32-${process.arch}`;

const PROCESS_ALL_ACCESS = 0x1f_ffff;
const KILLED_CODE = 1;

/** JOBOBJECT_EXTENDED_LIMIT_INFORMATION on 64-bit Windows, and in it LimitFlags. */
const LIMITS = { informationClass: 9, bytes: 144, flagsOffset: 16, killOnClose: 0x2000 };
/** JOBOBJECT_BASIC_PROCESS_ID_LIST: two counts, then the pids. */
const PID_LIST = { informationClass: 3, headerBytes: 8, pidBytes: 8, firstRoom: 64 };
/** PROCESSENTRY32W on 64-bit Windows. */
const ENTRY = { bytes: 568, pidOffset: 8, parentOffset: 32, nameOffset: 44 };
const SNAPSHOT_OF_PROCESSES = 2;

/** Throws if the package is not installed or cannot be loaded. */
export function loadWindowsKernel(from: string = import.meta.url) {
  const library = (createRequire(from)(PACKAGE) as Koffi).load("kernel32.dll");
  const call = (prototype: string) => library.func(prototype);
  const createJobObject = call("intptr_t __stdcall CreateJobObjectW(void*, void*)");
  const setInformation = call("int __stdcall SetInformationJobObject(intptr_t, int, void*, uint32_t)");
  const queryInformation = call("int __stdcall QueryInformationJobObject(intptr_t, int, void*, uint32_t, void*)");
  const assignProcess = call("int __stdcall AssignProcessToJobObject(intptr_t, intptr_t)");
  const terminateJobObject = call("int __stdcall TerminateJobObject(intptr_t, uint32_t)");
  const isProcessInJob = call("int __stdcall IsProcessInJob(intptr_t, intptr_t, void*)");
  const openProcess = call("intptr_t __stdcall OpenProcess(uint32_t, int, uint32_t)");
  const currentProcess = call("intptr_t __stdcall GetCurrentProcess()");
  const processTimes = call("int __stdcall GetProcessTimes(intptr_t, void*, void*, void*, void*)");
  const createSnapshot = call("intptr_t __stdcall CreateToolhelp32Snapshot(uint32_t, uint32_t)");
  const firstProcess = call("int __stdcall Process32FirstW(intptr_t, void*)");
  const nextProcess = call("int __stdcall Process32NextW(intptr_t, void*)");
  const closeHandle = call("int __stdcall CloseHandle(intptr_t)");
  const ansiPage = call("uint32_t __stdcall GetACP()");
  const oemPage = call("uint32_t __stdcall GetOEMCP()");

  function pidsOf(job: Handle, room = PID_LIST.firstRoom): readonly number[] {
    const list = Buffer.alloc(PID_LIST.headerBytes + PID_LIST.pidBytes * room);
    queryInformation(job, PID_LIST.informationClass, list, list.length, null);
    const assigned = list.readUInt32LE(0);
    // It may grow meanwhile.
    if (assigned > room) return pidsOf(job, 2 * assigned);
    const count = list.readUInt32LE(4);
    return Array.from({ length: count }, (_, at) =>
      Number(list.readBigUInt64LE(PID_LIST.headerBytes + PID_LIST.pidBytes * at)),
    );
  }

  return {
    /** Of this host: for programs with windows, and for the console. */
    codePages: { ansi: Number(ansiPage()), oem: Number(oemPage()) },
    /** Creates a job. `killOnClose`: its processes die with its last handle. Undefined if the system refuses. */
    createJob({ killOnClose }: { readonly killOnClose: boolean }): Handle | undefined {
      const job = createJobObject(null, null);
      if (!job) return undefined;
      const limits = Buffer.alloc(LIMITS.bytes);
      limits.writeUInt32LE(killOnClose ? LIMITS.killOnClose : 0, LIMITS.flagsOffset);
      if (setInformation(job, LIMITS.informationClass, limits, limits.length)) return job;
      closeHandle(job);
      return undefined;
    },
    /** Moves a process, and everything that it starts from then on, into the job too. */
    assign: (job: Handle, process: Handle): boolean => Boolean(assignProcess(job, process)),
    terminateJob: (job: Handle) => void terminateJobObject(job, KILLED_CODE),
    pidsOf: (job: Handle) => pidsOf(job),
    isIn(job: Handle, process: Handle): boolean {
      const result = Buffer.alloc(4);
      return Boolean(isProcessInJob(process, job, result)) && result.readUInt32LE() !== 0;
    },
    /** While the handle is open, the pid is not reused. */
    openProcess: (pid: number): Handle | undefined => openProcess(PROCESS_ALL_ACCESS, 0, pid) || undefined,
    ownProcess: () => currentProcess(),
    /** In units of 100 ns since 1601; undefined if the system refuses. */
    startedAt(process: Handle): bigint | undefined {
      const [created, ...others] = [0, 1, 2, 3].map(() => Buffer.alloc(8));
      return processTimes(process, created, ...others) ? created?.readBigUInt64LE() : undefined;
    },
    processes(): readonly WindowsProcess[] {
      const snapshot = createSnapshot(SNAPSHOT_OF_PROCESSES, 0);
      const entry = Buffer.alloc(ENTRY.bytes);
      entry.writeUInt32LE(ENTRY.bytes);
      const found: WindowsProcess[] = [];
      for (let more = firstProcess(snapshot, entry); more; more = nextProcess(snapshot, entry)) {
        found.push({
          pid: entry.readUInt32LE(ENTRY.pidOffset),
          parent: entry.readUInt32LE(ENTRY.parentOffset),
          program: entry.toString("utf16le", ENTRY.nameOffset).split("\0", 1)[0] ?? "",
        });
      }
      closeHandle(snapshot);
      return found;
    },
    close: (handle: Handle) => void closeHandle(handle),
  };
}
