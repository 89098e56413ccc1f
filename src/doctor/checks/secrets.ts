// Checks which users of this host can read the worker's password.
import { dirname, join, resolve } from "node:path";
import { entriesOf } from "../../process/tree/index.ts";
import { type Remark, statementsOf } from "../statement.ts";
import type { Subject } from "../subject.ts";
import { fileStats } from "./basedir.ts";

const { fine, note, finding } = statementsOf("credentials");

const OTHERS_READ = 0o004;
const GROUP_READ = 0o040;

export interface SecretFile {
  readonly path: string;
  /** As in `stat`. */
  readonly mode: number;
}

export async function checkSecrets({ basedir, tacPath, options }: Subject): Promise<readonly Remark[]> {
  const key = options?.relay_key ? resolve(dirname(tacPath), options.relay_key) : "";
  const mode = fileStats(key)?.mode ?? 0;
  return [
    ...secretFiles(basedir).flatMap(judgeSecret),
    ...((mode & OTHERS_READ) === 0
      ? []
      : [finding("relay-file", `other users can read the relay's key in ${key}`, { cure: `\`chmod 600 ${key}\`` })]),
  ];
}

export function judgeSecret({ path, mode }: SecretFile): readonly Remark[] {
  const shown = `${path} has permissions ${(mode & 0o777).toString(8).padStart(4, "0")}`;
  if ((mode & OTHERS_READ) !== 0) {
    return [
      finding("tac-readable-by-others", shown, {
        cure: `\`chmod 600 ${path}\`. If others had access to this host, change the password.`,
      }),
    ];
  }
  return [(mode & GROUP_READ) === 0 ? fine(shown) : note(`${shown}: its group can read the password`)];
}

/** The settings and copies by create-worker; none if another check reports why. */
function secretFiles(basedir: string): readonly SecretFile[] {
  return entriesOf(basedir)
    .toSorted()
    .filter((name) => name === "buildbot.tac" || name.startsWith("buildbot.tac."))
    .flatMap((name) => {
      const path = join(basedir, name);
      const stats = fileStats(path);
      return stats?.isFile() === true ? [{ path, mode: stats.mode }] : [];
    });
}
