// The artifacts that the tests of a run share, made once from the last commit, and Debian roots to try them in.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { noDebianTree } from "../support/debian-machine.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The directory with the artifacts of this run. */
    readonly madeRelease: string;
    /** A Debian without Node.js; empty where no test can use it. */
    readonly plainRoot: string;
    /** A Debian with its own Node.js; the same. */
    readonly nodeRoot: string;
  }
}

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const NEEDED = ["debootstrap", "dpkg-deb", "git", "nsenter", "setpriv", "unshare"];

/** Called by vitest before the first test. */
export default function setUp(project: TestProject): () => void {
  if (process.geteuid?.() !== 0) throw new Error("the tests of releases need root, for machines in namespaces");
  const missing = NEEDED.filter((name) => spawnSync(name, ["--version"]).error !== undefined);
  if (missing.length > 0) throw new Error(`the tests of releases need ${missing.join(", ")}: apt-get install them`);
  const scratch = mkdtempSync(join(tmpdir(), "buildhand-release-"));
  try {
    chmodSync(scratch, 0o755);
    const rootOf = (kind: string) => (noDebianTree === "" ? printedBy("debian-root.js", kind).trim() : "");
    project.provide("plainRoot", rootOf("base"));
    project.provide("nodeRoot", rootOf("node"));
    const { BUILDHAND_RELEASE: made } = process.env;
    if (made === undefined) printedBy("release.js", join(scratch, "release"));
    project.provide("madeRelease", made === undefined ? join(scratch, "release") : resolve(made));
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true });
    throw error;
  }
  return () => rmSync(scratch, { recursive: true, force: true });
}

function printedBy(script: string, argument: string): string {
  const argv = [join(checkout, "scripts", script), argument];
  const { status, stdout } = spawnSync(process.execPath, argv, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`${script} ${argument} ended with ${status}`);
  return stdout;
}
