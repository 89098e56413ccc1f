// buildhand relay create: creates the directory of a relay, with its settings, its certificate and the key for workers.
import { randomBytes, X509Certificate } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { errorCode } from "../../base/error-code.ts";
import { systemReason } from "../../base/system-error.ts";
import { givenRelaySettings } from "../../config/index.ts";
import { relayFiles } from "../../daemon/index.ts";
import {
  createRelayCertificate,
  isLocal,
  readRelayAddress,
  relayKeyText,
  transportErrors,
} from "../../transport/index.ts";
import type { ServerCommand } from "../server-command.ts";

const KEY_BYTES = 32;
const OWN_DIRECTORY_MODE = 0o700;
const SECRET_MODE = 0o600;

export async function createRelay({ directory, values, say }: ServerCommand): Promise<number> {
  const files = relayFiles(directory);
  const { settings, text } = givenRelaySettings(values);
  const { certificate, key: certificateKey } = createRelayCertificate();
  const fingerprint = new X509Certificate(certificate).fingerprint256.replaceAll(":", "").toLowerCase();
  const listen = readRelayAddress(settings.listen, "--listen");
  const pin = isLocal(listen) ? undefined : fingerprint;
  write(() => mkdirSync(directory, { recursive: true, mode: OWN_DIRECTORY_MODE }), directory);
  // First, since it shows that a relay is there.
  create(files.settings, text);
  create(files.certificate, certificate);
  create(files.certificateKey, certificateKey);
  create(files.key, relayKeyText({ key: randomBytes(KEY_BYTES), pin }));
  say(`created a relay in ${directory}, for the master at ${settings.master}; its settings are in ${files.settings}`);
  if (pin !== undefined) say(`fingerprint of its certificate (SHA-256): ${pin}`);
  say(`start it with: buildhand relay start ${directory}`);
  say(
    `on each worker's host, keep a copy of ${files.key} that only the worker's user can read, and add to buildbot.tac:`,
  );
  say(`  relay = '${listen.kind === "unix" ? `unix:${listen.path}` : `HOST:${listen.port}`}'`);
  say("  relay_key = '/path/of/worker.key'");
  return 0;
}

function create(path: string, text: string): void {
  write(() => writeFileSync(path, text, { flag: "wx", mode: SECRET_MODE }), path);
}

function write(act: () => void, path: string): void {
  try {
    act();
  } catch (error) {
    const isThere = errorCode(error) === "EEXIST";
    const reason = isThere ? "already exists and was left unchanged" : `cannot be written: ${systemReason(error)}`;
    throw transportErrors.relayFile.from(error, path, reason);
  }
}
