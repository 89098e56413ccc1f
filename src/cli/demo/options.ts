// The options of `demo`; the command itself is loaded when it is called.
import { baseErrors } from "../../base/errors.ts";
import { LARGEST_PORT } from "../../base/ports.ts";
import type { OptionRow, ParsedOptions } from "../option-parser.ts";

export const demoOptions: readonly OptionRow[] = [
  { name: "keep", help: "keep the master, worker and status page running after the build, until Ctrl-C" },
  { name: "port", argument: "PORT", default: "0", help: "port of the status page; 0 picks a free port" },
];

/** Resolves to the exit code. Throws usage errors. */
export async function demo({ flags, values, rest }: ParsedOptions): Promise<number> {
  if (rest.length > 0) throw baseErrors.usage("demo takes no arguments");
  const port = values.get("port") ?? "0";
  if (!/^\d{1,5}$/.test(port) || Number(port) > LARGEST_PORT) {
    throw baseErrors.usage(`port must be a number from 0 to ${LARGEST_PORT}, got '${port}'`);
  }
  const { runDemo } = await import("./demo.ts");
  return runDemo({ keep: flags.has("keep"), port: Number(port) });
}
