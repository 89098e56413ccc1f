// buildhand tac import: runs a buildbot.tac that Buildhand cannot read once in Python, and writes the computed settings to a file.
import { statSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../base/clock.ts";
import { baseErrors } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import { writeWholeFile } from "../../base/whole-file.ts";
import {
  configErrors,
  ownOptionNames,
  plainTacText,
  readRegularFile,
  readTacConfig,
  type TacConfig,
  type TacFindings,
} from "../../config/index.ts";
import { askProgram } from "../../doctor/index.ts";
import { cliErrors } from "../errors.ts";
import { guardedDirectory } from "../guard.ts";
import type { ParsedOptions } from "../option-parser.ts";
import { settingsText } from "../settings-text.ts";
import { directoryArgument } from "../worker-directory.ts";
import { STAND_INS_PROGRAM } from "./stand-ins.ts";

const LIMIT_SECONDS = 10;
const FILE_LIMIT_BYTES = 256 * 1024;
const ANSWER_LIMIT_BYTES = 1024 * 1024;
const SECRET_MODE = 0o600;

interface Failure {
  readonly error: string;
  readonly line: number | null;
}

/** Resolves to the exit code. Throws usage errors before it writes anything. */
export async function importTac({ flags, rest }: ParsedOptions): Promise<number> {
  const directory = directoryArgument(rest);
  const path = join(directory, "buildbot.tac");
  const reading = readRegularFile(path, FILE_LIMIT_BYTES);
  if (!reading.ok) throw configErrors.tacUnreachable(path, reading.reason);
  if (process.geteuid?.() === 0 && !flags.has("yes")) {
    const reason = "it would run as root: run this command as the worker's user, or pass --yes";
    throw cliErrors.tacImport(path, reason);
  }
  console.log(`running ${path} once in python3 as user ${userInfo().username}`);
  const findings = await findingsOf(path);
  const { text, config } = readBack(findings, path, reading.text);
  writeBeside(path, text);
  const notes = findings.notes.map((note) => `note: ${note}`).join("\n");
  const end = `written to ${config.tacPath}: review it, then rename it to buildbot.tac`;
  console.log([settingsText(config), notes, end].filter(Boolean).join("\n\n"));
  return 0;
}

/** Runs in the file's directory, as a worker does; temporary files are removed. */
async function findingsOf(path: string): Promise<TacFindings> {
  const refuse = (reason: string) => cliErrors.tacImport(path, reason);
  const scratch = guardedDirectory("buildhand-tac-");
  try {
    const answer = await askProgram({
      argv: ["python3", "-B", "-c", STAND_INS_PROGRAM, path, String(LIMIT_SECONDS), ownOptionNames.join(" ")],
      environment: { ...process.env, TMPDIR: scratch.path },
      limitMs: LIMIT_SECONDS * 1000,
      outputLimitBytes: ANSWER_LIMIT_BYTES,
      clock: systemClock,
    });
    if (answer.kind === "timeout") throw refuse(`it did not exit within ${LIMIT_SECONDS} seconds and was killed`);
    if (answer.kind === "not started") throw refuse(`python3 cannot be started: ${answer.reason}`);
    const found = parsed(answer.stdout);
    if (found === undefined) throw refuse("python3 exited without a result");
    if (!("error" in found)) return found;
    throw refuse(`${found.line === null ? "" : `line ${found.line}: `}${found.error}`);
  } finally {
    await scratch.end();
  }
}

function parsed(text: string): TacFindings | Failure | undefined {
  try {
    return JSON.parse(text) as TacFindings | Failure;
  } catch {
    return undefined; // truncated or empty
  }
}

/** Reads the new text as `start` does. A variable that contains a password stays hidden from builds, as before. */
function readBack(findings: TacFindings, path: string, original: string): { text: string; config: TacConfig } {
  const read = (found: TacFindings) => {
    const text = plainTacText(found);
    return { text, config: readTacConfig({ path: `${path}.new`, text }) };
  };
  const first = read(findings);
  const passwords = first.config.workers.map(({ password }) => password);
  const secret = Object.entries(process.env).filter(
    ([name, value = ""]) => passwords.includes(value) && original.includes(name),
  );
  if (secret.length === 0) return first;
  const removed = Object.fromEntries(secret.map(([name]) => [name, null]));
  return read({ ...findings, environment: { ...removed, ...findings.environment } });
}

/** Accessible only to the owner of the original file. */
function writeBeside(path: string, text: string): void {
  try {
    const owner = process.geteuid?.() === 0 ? statSync(path) : undefined;
    writeWholeFile(`${path}.new`, text, { mode: SECRET_MODE, owner });
  } catch (error) {
    throw baseErrors.basedir.from(error, `could not write ${path}.new`, systemReason(error));
  }
}
