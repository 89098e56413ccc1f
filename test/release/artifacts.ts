// The artifacts by kind, and what they hold.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";

export const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly version: string };

export const NPM_TARBALL = `buildhand-${version}.tgz`;
export const DEBIAN_PACKAGE = `buildhand_${version}_all.deb`;
export const archiveFolder = (machine: string) => `buildhand-${version}-linux-${machine}`;
export const ARCHIVES = ["x64", "arm64"].map((machine) => `${archiveFolder(machine)}.tar.gz`);

export function artifactPath(name: string): string {
  return join(inject("madeRelease"), name);
}

/** Unpacks an artifact into a directory. */
export function unpack(name: string, place: string): void {
  const argv = name.endsWith(".deb")
    ? ["dpkg-deb", "-x", artifactPath(name), place]
    : ["tar", "-xzf", artifactPath(name), "-C", place];
  const [file = "", ...args] = argv;
  execFileSync(file, args);
}

/** Absolute paths of the files and links below a directory. */
export function filesBelow(place: string): readonly string[] {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}
