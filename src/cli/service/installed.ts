// buildhand service uninstall and status: what becomes of a unit that was installed, and how it fares.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { systemReason } from "../../base/system-error.ts";
import { EXIT_NO_SERVICE, EXIT_NOT_ACTIVE } from "../../daemon/index.ts";
import { cliErrors } from "../errors.ts";
import type { ParsedOptions } from "../option-parser.ts";
import { directoryArgument } from "../worker-directory.ts";
import { installedUnit, runningSystemd, systemctl } from "./systemd.ts";

export async function uninstallService(options: ParsedOptions): Promise<number> {
  const found = findService(options);
  if (found === undefined) return EXIT_NO_SERVICE;
  const { systemd, name } = found;
  const path = join(systemd.directory, name);
  console.log(`stopping ${name}, which may wait for the running build`);
  const call = (...words: string[]) => systemctl(systemd, words, (reason) => `${path} is still there: ${reason}`);
  call("--quiet", "disable", "--now", name);
  // Drop-ins, which say nothing without the unit.
  call("revert", name);
  try {
    rmSync(path);
  } catch (error) {
    throw cliErrors.service(`${path} cannot be removed: ${systemReason(error)}`);
  }
  call("daemon-reload");
  console.log(`${name} is removed; nothing else of ${directoryArgument(options.rest)} was touched`);
  return 0;
}

export async function serviceStatus(options: ParsedOptions): Promise<number> {
  const found = findService(options);
  if (found === undefined) return EXIT_NO_SERVICE;
  const { systemd, name } = found;
  const shown = systemctl(systemd, ["show", name, ...PROPERTIES.map((one) => `--property=${one}`)], (reason) => reason);
  const properties = new Map(shown.split("\n").map((line) => line.split(/=(.*)/s, 2) as [string, string]));
  console.log(statusText(name, (property) => properties.get(property) ?? ""));
  return properties.get("ActiveState") === "active" ? 0 : EXIT_NOT_ACTIVE;
}

const PROPERTIES = [
  ...["ActiveState", "SubState", "StateChangeTimestamp", "UnitFileState", "MainPID", "StatusText"],
  ...["Result", "ExecMainStatus", "NRestarts"],
] as const;

/** One sentence, and another when something went wrong. `of` has the properties that systemctl shows. */
export function statusText(name: string, of: (property: (typeof PROPERTIES)[number]) => string): string {
  const process = of("MainPID") === "0" ? "" : `, process ${of("MainPID")}`;
  const since = of("StateChangeTimestamp") === "" ? "" : ` since ${of("StateChangeTimestamp")}`;
  const words = of("StatusText") === "" ? "" : `: ${of("StatusText")}`;
  const first = `${name} is ${of("ActiveState")} (${of("SubState")})${since}${process}, ${of("UnitFileState")}${words}`;
  const restarts = of("NRestarts") === "0" ? [] : [`restarts: ${of("NRestarts")}`];
  const result =
    of("Result") === "success" ? [] : [`last result: ${of("Result")}, exit status ${of("ExecMainStatus")}`];
  return [first, [...restarts, ...result].join("; ")].filter((line) => line !== "").join("\n");
}

/** Says so where there is none. */
function findService({ rest, flags }: ParsedOptions) {
  const basedir = directoryArgument(rest);
  const systemd = runningSystemd(flags.has("user"));
  const name = installedUnit(systemd, basedir);
  if (name !== undefined) return { systemd, name };
  console.log(
    `${basedir} is no service in ${systemd.directory}${systemd.isUser ? "" : "; one of this user's needs --user"}`,
  );
  return undefined;
}
