// Checks Node.js, this program and its packages.
import { createRequire } from "node:module";
import { systemRules } from "../../base/system-rules.ts";
import { version } from "../../base/version.ts";
import { holdPtyBinding } from "../../process/pty/index.ts";
import { type Remark, statementsOf } from "../statement.ts";

const { fine, note, finding } = statementsOf("software");

/** As in `engines` of package.json. */
const OLDEST_NODE = [20, 19] as const;
const PACKAGES = ["iconv-lite", "ws"];

export interface SoftwareFacts {
  readonly nodeVersion: string;
  /** Version of each package, undefined if it is missing. */
  readonly packages: Readonly<Record<string, string | undefined>>;
  /** Why commands get no PTY; undefined if they do. */
  readonly noPty: string | undefined;
}

export async function checkSoftware(): Promise<readonly Remark[]> {
  return judgeSoftware(softwareFacts());
}

function softwareFacts(): SoftwareFacts {
  const loaded = holdPtyBinding().load();
  return {
    nodeVersion: process.versions.node,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    noPty: loaded.type === "loaded" ? undefined : loaded.reason,
  };
}

export function judgeSoftware({ nodeVersion, packages, noPty }: SoftwareFacts): readonly Remark[] {
  const missing = Object.entries(packages).filter(([, found]) => found === undefined);
  const there = Object.entries(packages).filter(([, found]) => found !== undefined);
  const shown = [`Buildhand ${version}`, ...there.map(([name, found]) => `${name} ${found}`)].join(", ");
  return [
    isNewEnough(nodeVersion)
      ? fine(`Node.js ${nodeVersion}`)
      : finding("node-old", `Node.js ${nodeVersion}; expected ${OLDEST_NODE.join(".")} or newer`),
    fine(shown),
    ...missing.map(([name]) => finding("package-missing", `the package ${name} is missing`)),
    terminal(noPty),
  ];
}

function terminal(noPty: string | undefined): Remark {
  if (noPty === undefined) return fine("build steps can use a terminal (usePTY)");
  return systemRules.name === "nt"
    ? note("build steps get no terminal on Windows (usePTY), as from Buildbot's worker")
    : finding("pty-missing", noPty);
}

function isNewEnough(nodeVersion: string): boolean {
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

function versionOf(name: string): string | undefined {
  try {
    const require = createRequire(import.meta.url);
    const manifest: unknown = require(`${name}/package.json`);
    return typeof manifest === "object" && manifest !== null && "version" in manifest
      ? String(manifest.version)
      : undefined;
  } catch {
    return undefined; // not installed
  }
}
