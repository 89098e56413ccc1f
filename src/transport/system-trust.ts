// Reads the authorities that this host trusts from where OpenSSL looks for them. Those bundled with Node.js lack any
// authority that the host's administrator added.
import { existsSync } from "node:fs";
import { systemRules } from "../base/system-rules.ts";
import { pathsIn, readPem } from "./pem-files.ts";

/** The first that exists is used: Debian and Alpine, Red Hat, SUSE, the BSDs. */
const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
  "/usr/local/share/certs/ca-root-nss.crt",
];
const DIRECTORIES = ["/etc/ssl/certs", "/etc/pki/tls/certs"];
/** The file names by which OpenSSL finds certificates in a directory. */
const HASHED_NAME = /^[0-9a-f]{8}\.\d+$/;

export interface TrustPlaces {
  readonly bundles: readonly string[];
  readonly directories: readonly string[];
}

const PLACES: TrustPlaces = { bundles: BUNDLES, directories: DIRECTORIES };

/**
 * PEM texts, each with any number of certificates; undefined when the host has none. SSL_CERT_FILE replaces the bundle,
 * SSL_CERT_DIR (a list as in PATH) the directories.
 */
export function systemTrust(
  environment: Readonly<Record<string, string | undefined>>,
  places: TrustPlaces = PLACES,
): readonly string[] | undefined {
  const file = environment["SSL_CERT_FILE"] || undefined;
  const directories = environment["SSL_CERT_DIR"]?.split(systemRules.listSeparator).filter((name) => name !== "") ?? [];
  const bundle = file ?? places.bundles.find((path) => existsSync(path));
  const bundled = bundle !== undefined && existsSync(bundle) ? [readPem(bundle)] : [];
  // A distribution's bundle has the same content as its directory, and is much faster to read.
  const isWhole = file === undefined && bundled.length > 0;
  const searched = directories.length > 0 ? directories : isWhole ? [] : places.directories;
  const texts = [...bundled, ...searched.filter((path) => existsSync(path)).flatMap(hashedFiles)];
  return texts.length === 0 ? undefined : texts;
}

function hashedFiles(directory: string): readonly string[] {
  return pathsIn(directory, (name) => HASHED_NAME.test(name))
    .filter((path) => existsSync(path))
    .map(readPem);
}
