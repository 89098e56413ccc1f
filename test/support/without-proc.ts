// A system without /proc, as macOS and FreeBSD are: programs in a mount namespace of their own, where /proc is empty and
// `ps` is FreeBSD's as far as it is needed. They keep their pids, their network and their files.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const asRoot = process.geteuid?.() === 0 ? [] : ["--user", "--map-root-user"];
const bsdPs = fileURLToPath(new URL("bsd-ps.pl", import.meta.url));

/** What `ps` is there: FreeBSD's, or one that cannot list anything. */
export type PsKind = "bsd" | "broken";

export interface SystemWithoutProc {
  /** The words that run `argv` there, in the same process. */
  readonly words: (argv: readonly string[]) => readonly string[];
  /** Call when no program runs there any more. */
  readonly remove: () => void;
}

export function systemWithoutProc(kind: PsKind = "bsd"): SystemWithoutProc {
  const place = mkdtempSync(join(tmpdir(), "buildhand-no-proc-"));
  const proc = join(place, "proc");
  const ps = join(place, "ps");
  mkdirSync(proc);
  const does = kind === "bsd" ? `exec perl '${bsdPs}' '${proc}' "$@"` : "exit 1";
  writeFileSync(ps, `#!/bin/sh\n${does}\n`);
  chmodSync(ps, 0o755);
  const script = `
    mount --rbind /proc "$1" && mount -t tmpfs none /proc && mount --bind "$2" "$3" || exit 125
    shift 3; exec "$@"`;
  const setUp = ["unshare", ...asRoot, "--mount", "sh", "-c", script, "sh", proc, ps, realpathSync("/bin/ps")];
  return {
    words: (argv) => [...setUp, ...argv],
    remove: () => rmSync(place, { recursive: true, force: true }),
  };
}

/** Empty where there can be such a system; otherwise why not, to follow the name of a test that is skipped for it. */
export const noSystemWithoutProc = refusal();

function refusal(): string {
  try {
    const system = systemWithoutProc();
    const [file = "", ...args] = system.words(["sh", "-c", "! [ -e /proc/self ] && ps -p $$ -o pid="]);
    const { status, stderr } = spawnSync(file, args, {
      encoding: "utf8",
      env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", TZ: "UTC", LC_ALL: "C" },
    });
    system.remove();
    return status === 0 ? "" : ` (not run: /proc cannot be hidden here: ${stderr?.trim() || status})`;
  } catch (error) {
    return ` (not run: /proc cannot be hidden here: ${String(error)})`;
  }
}
