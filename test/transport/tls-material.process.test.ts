import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readEndpoint } from "../../src/transport/endpoint-string.ts";
import { NO_DEMANDS, type TlsPolicy } from "../../src/transport/master-target.ts";
import { checkMaterial } from "../../src/transport/tls.ts";
import { readMaterial } from "../../src/transport/tls-material.ts";
import {
  type Authority,
  type CertificatePair,
  inDays,
  inOneFile,
  makeAuthority,
  openssl,
} from "../support/certificates.ts";

let root: string;
let authority: Authority;
let client: CertificatePair;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "buildhand-material-"));
  authority = makeAuthority(root, "ours");
  client = authority.issue("client");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const NOW = new Date("2026-11-24T00:00:00Z");

function terms(text: string) {
  const endpoint = readEndpoint(text, { where: "test", directory: root });
  if (endpoint.kind !== "tls") throw new Error(text);
  return endpoint;
}

function material(text: string, demands: Partial<TlsPolicy> = {}, now = NOW) {
  return readMaterial(terms(text).terms, { ...NO_DEMANDS, ...demands }, now);
}

function refusal(text: string, demands: Partial<TlsPolicy> = {}): string {
  let sentence = "";
  expect(() => checkMaterial(terms(text), { ...NO_DEMANDS, ...demands }, NOW)).toThrow(
    expect.toSatisfy((error: Error) => {
      sentence = error.message;
      return "code" in error && error.code === "ERR_TLS_FILE";
    }),
  );
  return sentence.replaceAll(root, "ROOT");
}

/** A directory with these files, by their texts. */
function directory(name: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(join(root, name), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(root, name, file), text);
  return name;
}

describe("the authorities of an endpoint", () => {
  it("are those of all files named *.pem, several in one file too", () => {
    const second = makeAuthority(root, "second");
    directory("mixed", { "README.md": "no certificate" });
    execFileSync("sh", [
      "-c",
      'cat "$1" "$2" > "$3"',
      "sh",
      authority.cert,
      second.cert,
      join(root, "mixed", "two.pem"),
    ]);
    copyFileSync(authority.cert, join(root, "mixed", "ours.crt"));
    expect(material("tls:h:1:trustRoots=mixed").ca).toHaveLength(2);
  });

  it("include the sample of Buildbot's manual, which has expired, with a warning", () => {
    directory("manual", {});
    copyFileSync("test/fixtures/manual-ca.pem", join(root, "manual", "ca.pem"));
    const { ca, warnings } = material("tls:h:1:trustRoots=manual");
    expect(ca).toHaveLength(1);
    expect(warnings).toEqual([
      `${root}/manual/ca.pem: the certificate of 'Buildbot CA' expired on 2026-08-31; certificates that it signed will be rejected`,
    ]);
    expect(material("tls:h:1:trustRoots=manual", {}, new Date("2020-01-01")).warnings).toEqual([]);
  });

  it("are not read when there is nothing to verify", () => {
    expect(material("ssl:h:1")).toEqual({ ca: undefined, client: undefined, warnings: [] });
  });

  it.each([
    ["a directory that is missing", () => "missing", "ROOT/missing: No such file or directory"],
    ["a file in place of a directory", () => `${directory("file", { f: "" })}/f`, "ROOT/file/f: Not a directory"],
    [
      "a file without a certificate",
      () => directory("empty", { "x.pem": "hi" }),
      "ROOT/empty/x.pem: expected a certificate in PEM, found none",
    ],
    [
      "a file with a broken one",
      () => directory("broken", { "x.pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" }),
      "ROOT/broken/x.pem: contains a certificate that cannot be parsed",
    ],
  ])("cannot be %s", (_, make, sentence) => {
    const name = make();
    expect(refusal(`tls:h:1:trustRoots=${name}`)).toBe(sentence);
    expect(refusal(`ssl:h:1:caCertsDir=${name}`)).toBe(sentence);
  });

  it("are skipped with a warning when they cannot be read", () => {
    directory("odd", {});
    const path = (name: string) => join(root, "odd", name);
    copyFileSync(authority.cert, path("Good.PEM"));
    writeFileSync(path("large.pem"), "");
    truncateSync(path("large.pem"), 100 * 1024 * 1024);
    execFileSync("mkfifo", [path("fifo.pem")]);
    mkdirSync(path("directory.pem"));
    symlinkSync("nowhere", path("dangling.pem"));
    symlinkSync("loop.pem", path("loop.pem"));
    for (const text of ["tls:h:1:trustRoots=odd", "ssl:h:1:caCertsDir=odd"]) {
      const { ca, warnings } = material(text);
      expect(ca).toHaveLength(1);
      expect(warnings.map((sentence) => sentence.replace(`${root}/odd/`, ""))).toEqual([
        "dangling.pem: No such file or directory; skipped",
        "directory.pem: not a file; skipped",
        "fifo.pem: not a file; skipped",
        expect.stringMatching(/^large\.pem: larger than \d+ bytes; skipped$/),
        "loop.pem: Too many levels of symbolic links; skipped",
      ]);
    }
    rmSync(path("Good.PEM"));
    expect(material("tls:h:1:trustRoots=odd").warnings.at(-1)).toBe(
      `${root}/odd holds no files named *.pem that can be read; no certificate will be trusted`,
    );
  });

  it("are the file of tls_ca_file where the endpoint names no directory", () => {
    expect(material("tls:h:1", { caFile: authority.cert }).ca).toHaveLength(1);
    expect(material("ssl:h:1", { caFile: authority.cert }).ca).toHaveLength(1);
    expect(material("ssl:h:1", { caFile: authority.cert, verify: true }).ca).toHaveLength(1);
    expect(refusal("ssl:h:1", { caFile: "/missing.pem" })).toBe("/missing.pem: No such file or directory");
    expect(refusal("tls:h:1", { caFile: "/missing.pem" })).toBe("/missing.pem: No such file or directory");
  });
});

describe("the certificate of a worker", () => {
  it("comes with its key from two files, or from one", () => {
    const two = material(`tls:h:1:certificate=${client.cert}:privateKey=${client.key}`).client;
    const one = material(`ssl:h:1:certKey=${inOneFile(client)}`).client;
    expect([two?.cert, two?.key]).toEqual([
      expect.stringMatching(/^-----BEGIN CERT/),
      expect.stringMatching(/PRIVATE KEY/),
    ]);
    expect(one?.cert).toBe(two?.cert);
  });

  it.each<[string, () => string, string]>([
    ["that is missing", () => "certificate=none.pem", "ROOT/none.pem: No such file or directory"],
    [
      "without a key",
      () => `certificate=${client.cert}`,
      "ROOT/ours/client.pem: expected a readable private key in PEM, found none",
    ],
    [
      "with a key that is missing",
      () => `certificate=${client.cert}:privateKey=none.key`,
      "ROOT/none.key: No such file or directory",
    ],
    [
      "with another's key",
      () => `certificate=${client.cert}:privateKey=${authority.key}`,
      "ROOT/ours/ca.key: the key does not belong to the certificate in ROOT/ours/client.pem",
    ],
    [
      "with a key that has a passphrase",
      () => {
        const locked = join(root, "locked.key");
        openssl(root, ["pkey", "-in", client.key, "-aes128", "-passout", "pass:x", "-out", locked]);
        return `certificate=${client.cert}:privateKey=${locked}`;
      },
      "ROOT/locked.key: the key has a passphrase; expected one without",
    ],
  ])("%s is refused in one sentence", (_, keywords, sentence) => {
    expect(refusal(`tls:h:1:trustRoots=ours/trusted:${keywords()}`)).toBe(sentence);
  });

  it("is read again for each connection", () => {
    const own = authority.issue("renewed");
    const text = `tls:h:1:certificate=${own.cert}:privateKey=${own.key}`;
    const before = material(text).client?.cert;
    authority.issue("renewed", { until: inDays(500) });
    expect(material(text).client?.cert).not.toBe(before);
  });
});
