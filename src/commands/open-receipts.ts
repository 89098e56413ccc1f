// Measures programs by the counters of their control groups. The kernel's other counters, those of one child, Node cannot read,
// so without a group only the time is known. Loaded only if it is used.

/** Seconds and bytes; null where there is no counter. */
export type Receipt = Readonly<ReturnType<typeof timesOf> & ReturnType<typeof measuredBy>>;

export type Receipts = ReturnType<typeof openReceipts>;

/** Reads a file of the program's control group; undefined if there is none. */
type ReadGroupFile = (name: string) => string | undefined;

const MICROSECONDS = 1_000_000;

/** The first lines of cpu.stat, in the order in which the kernel writes them. */
const CPU_TIMES = /^usage_usec (\d+)\nuser_usec (\d+)\nsystem_usec (\d+)$/m;

/** Texts, and all counters, only for programs that run at least so long. */
export function openReceipts(leastMs: number) {
  return {
    // Of a short one only the CPU: each file takes 10 to 25 µs.
    measure: (wallMs: number, read: ReadGroupFile = () => undefined): Receipt => ({
      ...timesOf(wallMs, read),
      ...(wallMs < leastMs ? NOT_MEASURED : measuredBy(read)),
    }),
    /** Undefined for a program that did not run long enough. */
    text: (receipt: Receipt, left: number) =>
      receipt.wall_seconds * 1000 < leastMs ? undefined : receiptText(receipt, left),
  };
}

function timesOf(wallMs: number, read: ReadGroupFile) {
  const times = CPU_TIMES.exec(read("cpu.stat") ?? "");
  const [cpu, user, system] = times?.slice(1).map((text) => Number(text) / MICROSECONDS) ?? [];
  return {
    wall_seconds: Math.round(wallMs) / 1000,
    cpu_seconds: cpu ?? null,
    user_seconds: user ?? null,
    system_seconds: system ?? null,
  };
}

function measuredBy(read: ReadGroupFile) {
  const io = read("io.stat");
  const stalled = (file: string) => {
    const microseconds = numbersIn(read(file), /^some .*total=(\d+)$/gm);
    return microseconds === null ? null : microseconds / MICROSECONDS;
  };
  return {
    // How long some of its processes waited for a processor, memory or a disk.
    stalled_cpu_seconds: stalled("cpu.pressure"),
    stalled_memory_seconds: stalled("memory.pressure"),
    stalled_io_seconds: stalled("io.pressure"),
    peak_memory_bytes: numbersIn(read("memory.peak"), /^(\d+)$/gm),
    // One line for each device; none before the first block.
    read_bytes: io === "" ? 0 : numbersIn(io, /\brbytes=(\d+)/g),
    written_bytes: io === "" ? 0 : numbersIn(io, /\bwbytes=(\d+)/g),
  };
}

const NOT_MEASURED = measuredBy(() => undefined);

/** The sum of all matches; null if there is none. */
function numbersIn(text: string | undefined, counter: RegExp): number | null {
  const found = [...(text ?? "").matchAll(counter)].map(([, digits]) => Number(digits));
  return found.length === 0 ? null : found.reduce((sum, one) => sum + one, 0);
}

function receiptText(receipt: Receipt, processesLeft: number): string {
  const { wall_seconds: wall, cpu_seconds: cpu, user_seconds: user, system_seconds: system } = receipt;
  const { peak_memory_bytes: peak, read_bytes: read, written_bytes: written } = receipt;
  const stalls = [receipt.stalled_cpu_seconds, receipt.stalled_memory_seconds, receipt.stalled_io_seconds];
  const [forCpu, forMemory, forIo] = stalls.map(secondsText);
  return [
    `receipt: ${secondsText(wall)} wall`,
    `CPU ${secondsText(cpu)}${user === null || system === null ? "" : ` (user ${secondsText(user)}, system ${secondsText(system)})`}`,
    `stalled for CPU ${forCpu}, for memory ${forMemory}, for I/O ${forIo}`,
    `peak memory ${bytesText(peak)}`,
    `read ${bytesText(read)}, written ${bytesText(written)}`,
    `processes left ${processesLeft}`,
  ].join("; ");
}

function secondsText(seconds: number | null): string {
  return seconds === null ? "not known" : `${seconds.toFixed(3)} s`;
}

function bytesText(bytes: number | null): string {
  return bytes === null ? "not known" : `${bytes} bytes`;
}
