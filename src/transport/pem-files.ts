// Reads PEM files of certificates and keys, within limits. Errors are ERR_TLS_FILE and name the file, never its
// content.
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { systemReason } from "../base/system-error.ts";
import { transportErrors } from "./errors.ts";

/** A bundle of all public authorities takes 0.3 MB. */
const FILE_LIMIT_BYTES = 8 * 1024 * 1024;
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
  /** Sorted by name. */
  readonly files: readonly CertificateFile[];
  /** A message for each file that could not be read. */
  readonly unreadable: readonly string[];
}

/**
 * Reads the files named `*.pem`. As in Twisted, broken links, directories and unreadable files are skipped, but a file
 * without a certificate is an error.
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
    throw transportErrors.tlsFile.from(error, path, "contains a certificate that cannot be parsed");
  }
}

/** Throws ERR_TLS_FILE when there is no such directory, or it has too many files. */
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
    throw transportErrors.tlsFile(path, "expected a readable private key in PEM, found none");
  }
}
