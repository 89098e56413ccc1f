// Authorities and certificates made with the openssl program at test time, in a directory that the test removes.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Paths of PEM files. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateWish {
  /** As openssl writes it: `DNS:localhost,IP:127.0.0.1`; none when left out. */
  readonly names?: string;
  readonly commonName?: string;
  readonly from?: Date;
  readonly until?: Date;
}

export interface Authority extends CertificatePair {
  /** A directory in which the authority's certificate is the only file. */
  readonly directory: string;
  issue(name: string, wish?: CertificateWish): CertificatePair;
}

const PROGRAM = "openssl";
const DAY_MS = 24 * 60 * 60 * 1000;

/** A moment so many days from now. */
export function inDays(days: number): Date {
  return new Date(Date.now() + days * DAY_MS);
}

/** Makes an authority of this name, with its files below `root`. */
export function makeAuthority(root: string, name: string, wish: CertificateWish = {}): Authority {
  const place = join(root, name);
  const directory = join(place, "trusted");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(place, "index.txt"), "");
  writeFileSync(join(place, "ca.cnf"), CONFIGURATION);
  const own: CertificatePair = { cert: join(directory, "ca.pem"), key: join(place, "ca.key") };
  const commonName = wish.commonName ?? `Authority ${name}`;
  sign(place, own, { ...wish, commonName, selfSigned: true, extensions: "basicConstraints=critical,CA:true\n" });
  return {
    ...own,
    directory,
    issue(leaf, wanted = {}) {
      const pair = { cert: join(place, `${leaf}.pem`), key: join(place, `${leaf}.key`) };
      const names = wanted.names === undefined ? "" : `subjectAltName=${wanted.names}\n`;
      sign(place, pair, {
        commonName: leaf,
        ...wanted,
        selfSigned: false,
        extensions: `basicConstraints=CA:false\n${names}`,
      });
      return pair;
    },
  };
}

/** One file with the certificate and its key, as endpoint strings without `privateKey` want it. */
export function inOneFile({ cert, key }: CertificatePair): string {
  const path = `${cert}.both.pem`;
  writeFileSync(path, readFileSync(cert, "utf8") + readFileSync(key, "utf8"));
  return path;
}

/** What node:tls wants. */
export function contentOf({ cert, key }: CertificatePair): { readonly cert: Buffer; readonly key: Buffer } {
  return { cert: readFileSync(cert), key: readFileSync(key) };
}

const CONFIGURATION = `[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
[req]
distinguished_name = none
[none]
`;

interface Signing extends CertificateWish {
  readonly commonName: string;
  readonly selfSigned: boolean;
  /** Lines of an openssl extension file. */
  readonly extensions: string;
}

function sign(place: string, pair: CertificatePair, wish: Signing): void {
  const { commonName, selfSigned, extensions, from = inDays(-400), until = inDays(400) } = wish;
  const request = `${pair.key}.csr`;
  const extensionFile = `${pair.key}.ext`;
  writeFileSync(extensionFile, extensions);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", pair.key];
  openssl(place, ["req", "-new", ...key, "-out", request, "-subj", `/CN=${commonName}`, "-config", "ca.cnf"]);
  const issuer = selfSigned
    ? ["-selfsign", "-keyfile", pair.key]
    : ["-cert", join(place, "trusted/ca.pem"), "-keyfile", join(place, "ca.key")];
  const dates = ["-startdate", generalizedTime(from), "-enddate", generalizedTime(until)];
  const files = ["-in", request, "-out", pair.cert, "-extfile", extensionFile];
  openssl(place, ["ca", "-config", "ca.cnf", "-batch", "-notext", ...issuer, ...dates, ...files]);
}

/** `20260505120000Z`. */
function generalizedTime(date: Date): string {
  return `${date.toISOString().replaceAll(/[-:T]|\..*/g, "")}Z`;
}

/** Runs the openssl program. */
export function openssl(cwd: string, args: readonly string[]): void {
  execFileSync(PROGRAM, args, { cwd, stdio: "pipe" });
}
