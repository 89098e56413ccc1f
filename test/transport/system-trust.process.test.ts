import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemTrust } from "../../src/transport/system-trust.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "buildhand-trust-"));
  mkdirSync(join(root, "hashed"));
  mkdirSync(join(root, "second"));
  for (const name of ["bundle", "other", "hashed/0123abcd.0", "hashed/named.pem", "second/89abcdef.1"]) {
    writeFileSync(join(root, name), name);
  }
  symlinkSync("nowhere", join(root, "hashed", "ffffffff.0"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const path = (name: string) => join(root, name);
const places = (bundles: readonly string[], directories: readonly string[]) => ({
  bundles: bundles.map(path),
  directories: directories.map(path),
});

describe("the authorities that a host trusts", () => {
  it("are those of the first bundle that is there", () => {
    expect(systemTrust({}, places(["missing", "bundle", "other"], ["hashed"]))).toEqual(["bundle"]);
  });

  it("are in files with hashed names where there is no bundle", () => {
    expect(systemTrust({}, places(["missing"], ["missing", "hashed"]))).toEqual(["hashed/0123abcd.0"]);
  });

  it("are those that the variables of OpenSSL name, besides the other half of the system's", () => {
    const usual = places(["bundle"], ["hashed"]);
    expect(systemTrust({ SSL_CERT_FILE: path("other") }, usual)).toEqual(["other", "hashed/0123abcd.0"]);
    expect(systemTrust({ SSL_CERT_DIR: `${path("second")}:${path("missing")}` }, usual)).toEqual([
      "bundle",
      "second/89abcdef.1",
    ]);
    const both = { SSL_CERT_FILE: path("other"), SSL_CERT_DIR: path("second") };
    expect(systemTrust(both, usual)).toEqual(["other", "second/89abcdef.1"]);
    expect(systemTrust({ SSL_CERT_FILE: path("missing"), SSL_CERT_DIR: path("missing") }, usual)).toBe(undefined);
  });

  it("are unknown where there are none", () => {
    expect(systemTrust({}, places([], []))).toBe(undefined);
  });

  it("include what the tool of the distribution added", ({ skip }) => {
    const tool = "/usr/sbin/update-ca-certificates";
    if (spawnSync(tool, ["--help"]).error !== undefined) skip(`${tool} is not there`);
    for (const name of ["etc", "local", "share", "hooks"]) mkdirSync(path(`debian/${name}`), { recursive: true });
    writeFileSync(path("debian/conf"), "");
    copyFileSync("test/fixtures/manual-ca.pem", path("debian/local/ours.crt"));
    const flags = {
      etccertsdir: "etc",
      localcertsdir: "local",
      certsdir: "share",
      hooksdir: "hooks",
      certsconf: "conf",
    };
    const args = Object.entries(flags).flatMap(([flag, name]) => [`--${flag}`, path(`debian/${name}`)]);
    execFileSync(tool, args, { stdio: "pipe" });
    const debian = places(["debian/etc/ca-certificates.crt"], ["debian/etc"]);
    const added = readFileSync("test/fixtures/manual-ca.pem", "latin1").trim();
    expect(systemTrust({}, debian)?.join("")).toContain(added);
    expect(systemTrust({}, { ...debian, bundles: [] })?.join("")).toContain(added);
  });
});
