// buildhand master create: creates the directory of a master, with a working master.yaml.
import { randomBytes } from "node:crypto";
import { mkdirSync, unlinkSync, writeFileSync } from "node:fs";
import { errorCode } from "../../base/error-code.ts";
import { packageFile } from "../../base/package-file.ts";
import { systemReason } from "../../base/system-error.ts";
import { masterConfigPath } from "../../daemon/index.ts";
import { masterErrors, sampleMasterFile } from "../../master/index.ts";
import type { ServerCommand } from "../server-command.ts";

const SCHEMA_PATH = packageFile("schema/master.schema.json");
const PASSWORD_BYTES = 15;
/** The directory will contain the output of builds, and the file contains passwords. */
const OWN_DIRECTORY_MODE = 0o700;
const SECRET_MODE = 0o600;

export async function createMaster({ directory, say }: ServerCommand): Promise<number> {
  const path = masterConfigPath(directory);
  const workerPassword = password();
  makeDirectory(directory);
  write(path, sampleMasterFile({ schemaPath: SCHEMA_PATH, workerPassword, adminPassword: password() }));
  say(`created a master in ${directory}; its configuration is ${path}`);
  say(`create a worker with: buildhand create-worker WORKERDIR localhost:9989 example-worker ${workerPassword}`);
  say(`start the master with: buildhand master start ${directory}`);
  return 0;
}

function password(): string {
  return randomBytes(PASSWORD_BYTES).toString("base64url");
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: OWN_DIRECTORY_MODE });
  } catch (error) {
    throw masterErrors.configFile.from(error, path, `cannot be created: ${systemReason(error)}`);
  }
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, "", { flag: "wx", mode: SECRET_MODE });
    writeOrRemove(path, text);
  } catch (error) {
    if (errorCode(error) === "EEXIST")
      throw masterErrors.configFile.from(error, path, "already exists and was left unchanged");
    throw masterErrors.configFile.from(error, path, `cannot be written: ${systemReason(error)}`);
  }
}

/** A partial file would look like the user's configuration at the next attempt. */
function writeOrRemove(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    unlinkSync(path);
    throw error;
  }
}
