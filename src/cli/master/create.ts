// buildhand master create: makes the directory of a master, with a master.yaml that works as it is.
import { randomBytes } from "node:crypto";
import { mkdirSync, unlinkSync, writeFileSync } from "node:fs";
import { errorCode } from "../../base/error-code.ts";
import { packageFile } from "../../base/package-file.ts";
import { systemReason } from "../../base/system-error.ts";
import { masterConfigPath } from "../../daemon/index.ts";
import { masterErrors, sampleMasterFile } from "../../master/index.ts";
import type { MasterCommand } from "./command.ts";

const SCHEMA_PATH = packageFile("schema/master.schema.json");
/** Too many to be guessed. */
const PASSWORD_BYTES = 15;
/** The directory will hold what builds print, and the file has passwords. */
const OWN_DIRECTORY_MODE = 0o700;
const SECRET_MODE = 0o600;

export async function createMaster({ directory, say }: MasterCommand): Promise<number> {
  const path = masterConfigPath(directory);
  const workerPassword = password();
  makeDirectory(directory);
  write(path, sampleMasterFile({ schemaPath: SCHEMA_PATH, workerPassword, adminPassword: password() }));
  say(`master configured in ${directory}: read ${path}, and change it as you like`);
  say(`a worker for it: buildhand create-worker WORKERDIR localhost:9989 example-worker ${workerPassword}`);
  say(`start it with: buildhand master start ${directory}`);
  return 0;
}

function password(): string {
  return randomBytes(PASSWORD_BYTES).toString("base64url");
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: OWN_DIRECTORY_MODE });
  } catch (error) {
    throw masterErrors.configFile.from(error, path, `cannot be made: ${systemReason(error)}`);
  }
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, "", { flag: "wx", mode: SECRET_MODE });
    writeOrRemove(path, text);
  } catch (error) {
    if (errorCode(error) === "EEXIST")
      throw masterErrors.configFile.from(error, path, "is there already, and was left as it is");
    throw masterErrors.configFile.from(error, path, `cannot be written: ${systemReason(error)}`);
  }
}

/** Half of a file would be taken for somebody's the next time. */
function writeOrRemove(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    unlinkSync(path);
    throw error;
  }
}
