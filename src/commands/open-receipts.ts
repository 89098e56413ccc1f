// Measures programs by the counters of their control groups. The kernel's other counters, those of one child, Node cannot read,
// so without a group only the time is known. Loaded only if it is used.

/** Seconds and bytes; null where there is no counter. */
export type Receipt = Readonly<ReturnType<typeof receiptOf>>;

export type Receipts = ReturnType<typeof openReceipts>;

/** Reads a file of the program's control group; undefined if there is none. */
type ReadGroupFile = (name: string) => string | undefined;

const MICROSECONDS = 1_000_000;

/** Texts, and all counters, only for programs that run at least so long. */
export function openReceipts(leastMs: number) {
  return {
    measure(wallMs: number, read: ReadGroupFile = () => undefined): Receipt {
      // Of a short one only the CPU: each file takes 10 to 25 µs.
      return receiptOf(wallMs, wallMs >= leastMs ? read : (file) => (file === "cpu.stat" ? read(file) : undefined));
    },
    /** Undefined for a program that did not run long enough. */
    text: (receipt: Receipt, left: number) =>
      receipt.wall_seconds * 1000 < leastMs ? undefined : receiptText(receipt, left),
  };
}

function receiptOf(wallMs: number, read: ReadGroupFile) {
  const cpu = read("cpu.stat");
  const io = read("io.stat");
  const seconds = (text: string | undefined, counter: RegExp) => divided(numbersIn(text, counter));
  const stalled = (file: string) => seconds(read(file), /^some .*total=(\d+)$/gm);
  return {
    wall_seconds: Math.round(wallMs) / 1000,
    cpu_seconds: seconds(cpu, /^usage_usec (\d+)$/gm),
    user_seconds: seconds(cpu, /^user_usec (\d+)$/gm),
    system_seconds: seconds(cpu, /^system_usec (\d+)$/gm),
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

/** The sum of all matches; null if there is none. */
function numbersIn(text: string | undefined, counter: RegExp): number | null {
  const found = [...(text ?? "").matchAll(counter)].map(([, digits]) => Number(digits));
  return found.length === 0 ? null : found.reduce((sum, one) => sum + one, 0);
}

function divided(microseconds: number | null): number | null {
  return microseconds === null ? null : microseconds / MICROSECONDS;
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
