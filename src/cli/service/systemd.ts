// systemctl, the directory of units, and the units there that we have written.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { systemReason } from "../../base/system-error.ts";
import { readRegularFile } from "../../config/index.ts";
import { cliErrors } from "../errors.ts";

const UNIT_LIMIT_BYTES = 256 * 1024;

export interface Systemd {
  readonly isUser: boolean;
  /** Where an administrator's units are. */
  readonly directory: string;
}

/** Throws ERR_SERVICE where none answers. */
export function runningSystemd(isUser: boolean): Systemd {
  const systemd = { isUser, directory: unitDirectory(isUser) };
  systemctl(systemd, ["show", "--property=Version"], (reason) => `systemd does not answer: ${reason}`);
  return systemd;
}

function unitDirectory(isUser: boolean): string {
  if (!isUser) return "/etc/systemd/system";
  return join(process.env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "systemd/user");
}

/** What it prints. Throws ERR_SERVICE when it fails, with a sentence made of its error message. */
export function systemctl(
  { isUser }: Pick<Systemd, "isUser">,
  words: readonly string[],
  sentence: (reason: string) => string,
): string {
  const argv = [...(isUser ? ["--user"] : []), "--no-pager", ...words];
  const { error, status, stdout, stderr } = spawnSync("systemctl", argv, { encoding: "utf8" });
  if (error !== undefined) throw cliErrors.service(sentence(`systemctl: ${systemReason(error)}`));
  if (status === 0) return stdout;
  throw cliErrors.service(sentence(stderr.trim().split("\n").join("; ") || `systemctl ended with ${status}`));
}

/** The first line of a unit that we have written, without the `#`. */
export function firstLine(basedir: string): string {
  return `Made by \`buildhand service install\` for ${JSON.stringify(basedir)}; \`systemctl edit\` keeps changes apart.`;
}

/** The name of the unit that we have written for a base directory, which may be gone. */
export function installedUnit({ directory }: Systemd, basedir: string): string | undefined {
  if (!existsSync(directory)) return undefined;
  const names = readdirSync(directory).filter((name) => /^buildhand-.*\.service$/s.test(name));
  return names.find((name) => {
    // One that cannot be read is not ours.
    const unit = readRegularFile(join(directory, name), UNIT_LIMIT_BYTES);
    return unit.ok && unit.text.startsWith(`# ${firstLine(basedir)}\n`);
  });
}
