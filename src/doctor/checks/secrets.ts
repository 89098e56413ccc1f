// Checks which users of this host can read the worker's password.
import { join } from "node:path";
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

export async function checkSecrets({ basedir }: Subject): Promise<readonly Remark[]> {
  return secretFiles(basedir).flatMap(judgeSecret);
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
