// A proposal for `info/host`: a description of this host and the versions of the tools in its PATH.
import { cpus, release, totalmem } from "node:os";
import type { Clock } from "../base/clock.ts";
import { platformName } from "../base/platform.ts";
import { version } from "../base/version.ts";
import { cpuCount, readOsRelease } from "../worker/index.ts";
import { askProgram } from "./ask-program.ts";
import type { ProcessEnvironment } from "./subject.ts";

const TOOL_LIMIT_MS = 5000;
const SHOWN_CHARS = 100;
const GIB = 1024 ** 3;

/** Commands that print the version of a tool in the first line. */
const TOOLS: readonly (readonly string[])[] = [
  ["gcc", "--version"],
  ["clang", "--version"],
  ["make", "--version"],
  ["cmake", "--version"],
  ["git", "--version"],
  ["python3", "--version"],
  ["node", "--version"],
  ["java", "-version"],
  ["go", "version"],
];

export interface HostDescription {
  readonly system: string;
  readonly kernel: string;
  readonly memoryBytes: number;
  readonly processor: string;
  readonly processors: number;
  /** The version line of each installed tool. */
  readonly tools: readonly string[];
}

/** Lines without newlines. */
export async function proposedHostText(environment: ProcessEnvironment, clock: Clock): Promise<readonly string[]> {
  const os = await readOsRelease("/etc/os-release", () => {});
  const tools = await Promise.all(TOOLS.map((argv) => versionLine(argv, environment, clock)));
  return hostLines({
    system: os.get("os_pretty_name") ?? platformName,
    kernel: `${platformName} ${release()} ${process.arch}`,
    memoryBytes: totalmem(),
    processor: cpus()[0]?.model.trim() || "unknown processor",
    processors: await cpuCount({ configured: undefined, root: "/" }),
    tools: tools.filter((line) => line !== undefined),
  });
}

export function hostLines(host: HostDescription): readonly string[] {
  const { system, kernel, memoryBytes, processor, processors, tools } = host;
  return [
    `${system}, ${kernel}`,
    `${processors} x ${processor}, ${(memoryBytes / GIB).toFixed(1)} GiB of memory`,
    ...tools,
    `Buildhand ${version} on Node.js ${process.versions.node}`,
  ];
}

async function versionLine(
  argv: readonly string[],
  environment: ProcessEnvironment,
  clock: Clock,
): Promise<string | undefined> {
  const answer = await askProgram({ argv, environment, limitMs: TOOL_LIMIT_MS, clock });
  if (answer.kind !== "ended" || answer.code !== 0) return undefined;
  // Java prints it on standard error.
  const line = (answer.stdout || answer.stderr).split("\n")[0]?.trim().slice(0, SHOWN_CHARS) ?? "";
  const name = argv[0] ?? "";
  return line === "" ? undefined : line.toLowerCase().includes(name.replace("3", "")) ? line : `${name} ${line}`;
}
