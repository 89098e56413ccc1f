// The artifacts that the tests of a run share, made once from the last commit, and Debian roots to try them in.
import { spawn, spawnSync } from "node:child_process";
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
export default async function setUp(project: TestProject): Promise<() => void> {
  if (process.geteuid?.() !== 0) throw new Error("the tests of releases need root, for machines in namespaces");
  const missing = NEEDED.filter((name) => spawnSync(name, ["--version"]).error !== undefined);
  if (missing.length > 0) throw new Error(`the tests of releases need ${missing.join(", ")}: apt-get install them`);
  const scratch = mkdtempSync(join(tmpdir(), "buildhand-release-"));
  try {
    chmodSync(scratch, 0o755);
    const { BUILDHAND_RELEASE: made } = process.env;
    const target = made === undefined ? join(scratch, "release") : resolve(made);
    const making = [provideRoots(project), ...(made === undefined ? [printedBy("release.js", target)] : [])];
    // When one fails, the other ends first: the directory goes.
    await Promise.allSettled(making);
    await Promise.all(making);
    project.provide("madeRelease", target);
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true });
    throw error;
  }
  return () => rmSync(scratch, { recursive: true, force: true });
}

async function provideRoots(project: TestProject): Promise<void> {
  const rootOf = async (kind: string) => (noDebianTree === "" ? (await printedBy("debian-root.js", kind)).trim() : "");
  project.provide("plainRoot", await rootOf("base"));
  project.provide("nodeRoot", await rootOf("node"));
}

function printedBy(script: string, argument: string): Promise<string> {
  const child = spawn(process.execPath, [join(checkout, "scripts", script), argument], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (chunk) => (printed += chunk));
  return new Promise((onPrinted, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) onPrinted(printed);
      else reject(new Error(`${script} ${argument} ended with ${code}`));
    });
  });
}
