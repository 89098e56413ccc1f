// buildhand service uninstall and status.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { systemReason } from "../../base/system-error.ts";
import { EXIT_NOT_RUNNING, EXIT_STATUS_UNKNOWN } from "../../daemon/index.ts";
import { cliErrors } from "../errors.ts";
import type { ParsedOptions } from "../option-parser.ts";
import { directoryArgument } from "../worker-directory.ts";
import { installedUnit, runningSystemd, systemctl } from "./systemd.ts";

export async function uninstallService(options: ParsedOptions): Promise<number> {
  const found = findService(options);
  if (found === undefined) return EXIT_STATUS_UNKNOWN;
  const { systemd, name } = found;
  const path = join(systemd.directory, name);
  console.log(`stopping ${name}; this waits for the running build`);
  const call = (...words: string[]) => systemctl(systemd, words, (reason) => `${path} was not removed: ${reason}`);
  call("stop", name);
  call("--quiet", "disable", name);
  if (call("show", "--property=ActiveState", name).includes("failed")) call("reset-failed", name);
  // Removes its drop-ins.
  call("revert", name);
  try {
    rmSync(path);
  } catch (error) {
    throw cliErrors.service(`${path} cannot be removed: ${systemReason(error)}`);
  }
  call("daemon-reload");
  console.log(`${name} is removed; ${directoryArgument(options.rest)} was not changed`);
  return 0;
}

export async function serviceStatus(options: ParsedOptions): Promise<number> {
  const found = findService(options);
  if (found === undefined) return EXIT_STATUS_UNKNOWN;
  const { systemd, name } = found;
  const shown = systemctl(systemd, ["show", name, `--property=${PROPERTIES}`], (reason) => reason);
  const properties = new Map(shown.split("\n").map((line) => line.split(/=(.*)/s, 2) as [string, string]));
  console.log(statusText(name, (property) => properties.get(property) ?? ""));
  return properties.get("ActiveState") === "active" ? 0 : EXIT_NOT_RUNNING;
}

const PROPERTIES =
  "ActiveState,SubState,StateChangeTimestamp,UnitFileState,MainPID,StatusText,Result,ExecMainStatus,NRestarts";

/** `of` gives the properties that systemctl shows. */
function statusText(name: string, of: (property: string) => string): string {
  const sentence = [
    `${name} is ${of("ActiveState")} (${of("SubState")})`,
    of("StateChangeTimestamp") && ` since ${of("StateChangeTimestamp")}`,
    of("MainPID") !== "0" && `, process ${of("MainPID")}`,
    `, ${of("UnitFileState")}`,
    of("StatusText") && `: ${of("StatusText")}`,
    of("NRestarts") !== "0" && `\nrestarts: ${of("NRestarts")}`,
    of("Result") !== "success" && `\nlast result: ${of("Result")}, exit status ${of("ExecMainStatus")}`,
  ];
  return sentence.filter((part) => part !== false).join("");
}

/** Prints a sentence when there is none. */
function findService({ rest, flags }: ParsedOptions) {
  const basedir = directoryArgument(rest);
  const systemd = runningSystemd(flags.has("user"));
  const name = installedUnit(systemd, basedir);
  if (name !== undefined) return { systemd, name };
  console.log(
    `${basedir} has no service in ${systemd.directory}${systemd.isUser ? "" : "; --user looks for one of your own"}`,
  );
  return undefined;
}
