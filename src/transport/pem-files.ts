// PEM files of certificates and keys, read within limits. Errors are ERR_TLS_FILE and name the file, never its content.
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { systemReason } from "../base/system-error.ts";
import { transportErrors } from "./errors.ts";

/** The certificates of all authorities in the world take 0.3 MB. */
const FILE_LIMIT_BYTES = 8 * 1024 * 1024;
/** More files of one directory are not looked at. */
const DIRECTORY_LIMIT_FILES = 10_000;

const CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

export interface CertificateFile {
  readonly path: string;
  /** At least one. */
  readonly certificates: readonly X509Certificate[];
}

/** The text of a regular file. */
export function readPem(path: string): string {
  const { text, reason } = tryPem(path);
  if (text === undefined) throw transportErrors.tlsFile(path, reason);
  return text;
}

export function readCertificates(path: string): CertificateFile {
  return certificatesIn(readPem(path), path);
}

export interface CertificateDirectory {
  /** In the order of their names. */
  readonly files: readonly CertificateFile[];
  /** A sentence on each that could not be read. */
  readonly unreadable: readonly string[];
}

/**
 * Those of the directory's files that are named `*.pem`, and no others. As with Twisted, links that lead nowhere,
 * directories and what may not be read do no harm to the others, but a file without a certificate does.
 */
export function readCertificateDirectory(directory: string): CertificateDirectory {
  const files: CertificateFile[] = [];
  const unreadable: string[] = [];
  for (const path of pathsIn(directory, (name) => /\.pem$/i.test(name))) {
    const { text, reason } = tryPem(path);
    if (text === undefined) unreadable.push(`${path}: ${reason}`);
    else files.push(certificatesIn(text, path));
  }
  return { files, unreadable };
}

type ReadText = { readonly text: string; readonly reason?: never } | { readonly text?: never; readonly reason: string };

function tryPem(path: string): ReadText {
  try {
    const status = statSync(path);
    if (!status.isFile()) return { reason: "not a file" };
    if (status.size > FILE_LIMIT_BYTES) return { reason: `larger than ${FILE_LIMIT_BYTES} bytes` };
    return { text: readFileSync(path, "latin1") };
  } catch (error) {
    return { reason: systemReason(error) };
  }
}

function certificatesIn(text: string, path: string): CertificateFile {
  const blocks = text.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) throw transportErrors.tlsFile(path, "expected a certificate in PEM, found none");
  try {
    return { path, certificates: blocks.map((block) => new X509Certificate(block)) };
  } catch (error) {
    throw transportErrors.tlsFile.from(error, path, "holds a certificate that cannot be read");
  }
}

/** Throws ERR_TLS_FILE when there is no such directory, or too much in it. */
export function pathsIn(directory: string, isWanted: (name: string) => boolean): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(directory).filter(isWanted).sort();
  } catch (error) {
    throw transportErrors.tlsFile(directory, systemReason(error));
  }
  if (names.length > DIRECTORY_LIMIT_FILES) {
    throw transportErrors.tlsFile(directory, `more than ${DIRECTORY_LIMIT_FILES} certificates`);
  }
  return names.map((name) => join(directory, name));
}

/** The private key in a file, which must not need a passphrase. */
export function readPrivateKey(path: string): KeyObject {
  const pem = readPem(path);
  if (/ENCRYPTED/.test(pem)) throw transportErrors.tlsFile(path, "the key has a passphrase; expected one without");
  try {
    return createPrivateKey(pem);
  } catch {
    throw transportErrors.tlsFile(path, "expected a private key in PEM, found none that can be read");
  }
}
