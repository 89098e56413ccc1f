// The file for a bug report: an uncompressed tar of texts, from which secrets are removed.
import type { KnownSecrets } from "../base/known-secrets.ts";
import { withoutNamedSecrets } from "../base/secret-text.ts";
import { askStatus, endOfLog } from "../daemon/index.ts";
import type { Examination } from "./checks/run-checks.ts";
import { jsonReport } from "./json.ts";
import { report } from "./report.ts";
import type { Subject } from "./subject.ts";

/** The part of the log's end that is included. */
const LOG_LIMIT_BYTES = 1024 * 1024;
const MODE = 0o600;

interface BundleContents {
  readonly found: Examination;
  readonly subject: Subject;
  /** The settings as text, or why there are none. */
  readonly settings: string;
  readonly secrets: KnownSecrets;
}

export async function packBundle({ found, subject, settings, secrets }: BundleContents): Promise<Uint8Array> {
  const { basedir, clock, logPath } = subject;
  const answer = await askStatus(basedir);
  const log = logPath === undefined ? "" : endOfLog(logPath, LOG_LIMIT_BYTES);
  // A part of a line may contain a part of a secret.
  const wholeLines = Buffer.byteLength(log) < LOG_LIMIT_BYTES ? log : log.slice(log.indexOf("\n") + 1);
  const files = {
    "doctor.txt": report(found, { colours: false }),
    "doctor.json": jsonReport(found),
    "settings.txt": settings,
    "status.json": JSON.stringify(answer, null, 2),
    // It may be the log of buildbot-worker, which contains the environment of commands.
    "twistd.log": withoutNamedSecrets(wholeLines),
  };
  const entries = Object.entries(files).map(([name, text]) => {
    const body = Buffer.from(`${secrets.hide(text).trimEnd()}\n`);
    return { header: { name: `buildhand-bundle/${name}`, size: body.length, mode: MODE, mtime: clock.date() }, body };
  });
  const { packTar } = await import("modern-tar");
  return packTar(entries);
}
