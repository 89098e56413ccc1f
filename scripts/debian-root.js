// A small Debian in a directory, of this machine's release, kept in .cache/: `base` has systemd and D-Bus and no Node.js,
// `node` has Debian's Node.js as well. As a program it prints the directory: `node scripts/debian-root.js node`. Needs root,
// debootstrap and Debian's archive. Nobody changes one; who needs to lays an overlay over it.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ARCHIVE = "http://deb.debian.org/debian";
const BASE_PACKAGES = ["ca-certificates", "dbus", "systemd"];
const NODE_PACKAGES = ["nodejs"];
/** To be raised when roots are made otherwise. */
const RECIPE = 1;

const cache = fileURLToPath(new URL("../.cache", import.meta.url));

/** The directory of a root, `base` or `node`, which is made if it is not there. */
export function debianRoot(kind) {
  const suite = codename();
  const recipe = JSON.stringify([RECIPE, ARCHIVE, suite, BASE_PACKAGES, kind === "base" ? [] : NODE_PACKAGES]);
  const key = createHash("sha256").update(recipe).digest("hex").slice(0, 12);
  const place = join(cache, `debian-${suite}-${kind}-${key}`);
  if (existsSync(place)) return place;
  const below = kind === "base" ? undefined : debianRoot("base");
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, "debian-making-"));
  const root = join(scratch, "root");
  try {
    if (below === undefined) {
      const include = `--include=${BASE_PACKAGES.join(",")}`;
      run(["debootstrap", "--variant=minbase", include, suite, root, ARCHIVE]);
    } else {
      run(["cp", "-a", below, root]);
      addPackages(root, NODE_PACKAGES);
    }
    // Otherwise systemd would take each start for the first one.
    writeFileSync(join(root, "etc/machine-id"), `${"0123456789abcdef".repeat(2)}\n`, { mode: 0o444, flag: "w" });
    renameSync(root, place);
    return place;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function codename() {
  const [, name] = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync("/etc/os-release", "utf8")) ?? [];
  if (name === undefined) throw new Error("/etc/os-release does not say which release of Debian this is");
  return name;
}

function addPackages(root, packages) {
  const resolver = "/etc/resolv.conf";
  writeFileSync(join(root, resolver), readFileSync(resolver));
  const install = `export DEBIAN_FRONTEND=noninteractive
    apt-get update && apt-get install -y --no-install-recommends ${packages.join(" ")} && apt-get clean`;
  // In a PID namespace: whatever the packages' scripts start ends with it.
  run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "chroot", root, "sh", "-ec", install]);
}

function run([file, ...args]) {
  // standard output is for the result
  const { status, error } = spawnSync(file, args, {
    stdio: ["ignore", 2, 2],
    env: { PATH: process.env.PATH, LANG: "C" },
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${status}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(debianRoot(process.argv[2] ?? "base"));
