// buildhand service install: writes the unit for a base directory, and starts the service.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { systemReason } from "../../base/system-error.ts";
import { writeWholeFile } from "../../base/whole-file.ts";
import { pidPlace } from "../../daemon/index.ts";
import { findOwnWorker } from "../../doctor/index.ts";
import { cliErrors } from "../errors.ts";
import type { ParsedOptions } from "../option-parser.ts";
import { type PlannedUnit, plannedUnit } from "./planned-unit.ts";
import { installedUnit, runningSystemd, type Systemd, systemctl } from "./systemd.ts";

/** Where logind keeps who may have services without being logged in. */
const LINGER_DIRECTORY = "/var/lib/systemd/linger";

export async function installService(options: ParsedOptions): Promise<number> {
  const unit = plannedUnit(options);
  const { basedir, name } = unit;
  const systemd = runningSystemd(options.flags.has("user"));
  const installed = installedUnit(systemd, basedir);
  const path = join(systemd.directory, name);
  if (installed !== undefined && installed !== name)
    throw cliErrors.service(`${basedir} already has the service ${installed}; uninstall that first to rename it`);
  if (installed === undefined && existsSync(path))
    throw cliErrors.service(
      `${path} belongs to another base directory, or was not written by buildhand: choose another --name`,
    );
  if (installed === undefined) refuseSecondWorker(basedir);
  refuseProgramOutOfReach(unit);
  writeUnit(systemd, path, unit.text);
  const manual = `systemctl ${systemd.isUser ? "--user " : ""}`;
  systemctl(systemd, ["daemon-reload"], (reason) => `${path} is written, but systemd did not read it: ${reason}`);
  const start = (...words: string[]) =>
    systemctl(systemd, words, (reason) => `${path} is written, but the service does not start: ${reason}`);
  start("--quiet", "enable", name);
  // Not quiet, since that hides why it fails.
  start("start", name);
  console.log(`${name} runs the worker of ${basedir}, now and after each boot`);
  if (unit.account?.uid === 0) console.log("it runs as root, and so do its builds: --account names another user");
  if (installed !== undefined) console.log(`restart it to apply the new unit: \`${manual}restart ${name}\``);
  if (systemd.isUser && !existsSync(join(LINGER_DIRECTORY, userInfo().username)))
    console.log("it runs only while you are logged in: `loginctl enable-linger` changes that");
  return 0;
}

/** It would log in under the same name. */
function refuseSecondWorker(basedir: string): void {
  const running = findOwnWorker({ pid: pidPlace(basedir, undefined), logPath: undefined, label: "-" });
  if (running === undefined) return;
  throw cliErrors.service(`a worker already runs in ${basedir}, process ${running.pid}: stop it first`);
}

/** As a Node.js below root's home is. */
function refuseProgramOutOfReach({ account, program }: PlannedUnit): void {
  if (account === undefined || account.uid === 0 || process.geteuid?.() !== 0) return;
  const [file = "", ...args] = program;
  const { uid, gid, name } = account;
  const { error, status } = spawnSync(file, [...args, "--version"], { uid, gid, cwd: "/", stdio: "ignore" });
  if (error === undefined && status === 0) return;
  const reason = error === undefined ? `it exits with ${status}` : systemReason(error);
  throw cliErrors.service(
    `user ${name} cannot run ${program.join(" ")}: ${reason}; install both where every user may read`,
  );
}

function writeUnit({ isUser, directory }: Systemd, path: string, text: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    writeWholeFile(path, text, { mode: 0o644 });
  } catch (error) {
    const advice = isUser ? "" : "; a service of the system needs root, one of your own --user";
    throw cliErrors.service(`${path} cannot be written: ${systemReason(error)}${advice}`);
  }
}
