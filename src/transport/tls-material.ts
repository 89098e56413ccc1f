// Reads the files of a TLS connection: the authorities to trust, the client's certificate and its key. They are read
// for each connection, so a renewed file takes effect without a restart.
import type { X509Certificate } from "node:crypto";
import * as tls from "node:tls";
import { isWindows } from "../base/platform.ts";
import { commonName, shownDay } from "./certificate-text.ts";
import type { TlsTerms } from "./endpoint.ts";
import { transportErrors } from "./errors.ts";
import type { TlsPolicy } from "./master-target.ts";
import {
  type CertificateFile,
  readCertificateDirectory,
  readCertificates,
  readPem,
  readPrivateKey,
} from "./pem-files.ts";
import { systemTrust } from "./system-trust.ts";

export interface TlsMaterial {
  /** PEM texts of the authorities to trust; undefined when the chain is not verified. */
  readonly ca: readonly string[] | undefined;
  /** PEM texts of the client's certificate with its chain, and of its key. */
  readonly client: { readonly cert: string; readonly key: string } | undefined;
  /** Messages about files that cannot be used. */
  readonly warnings: readonly string[];
}

/** Throws ERR_TLS_FILE for files that cannot be read or do not match. `now` is wall-clock time. */
export function readMaterial(terms: TlsTerms, policy: TlsPolicy, now: Date): TlsMaterial {
  const { chain } = verification(terms, policy);
  const client = terms.certificate === undefined ? undefined : readClient(terms.certificate);
  if (chain === "any") return { ca: undefined, client, warnings: [] };
  if (chain === "system") {
    return { ca: systemTrust(process.env) ?? certificatesOfNode(), client, warnings: [] };
  }
  const { files, unreadable } =
    "directory" in chain
      ? readCertificateDirectory(chain.directory)
      : { files: [readCertificates(chain.file)], unreadable: [] };
  const isEmpty = files.length === 0 && "directory" in chain;
  return {
    ca: files.flatMap(({ certificates }) => certificates.map(String)),
    client,
    warnings: [
      ...unreadable.map((sentence) => `${sentence}; skipped`),
      ...(isEmpty
        ? [`${chain.directory} holds no files named *.pem that can be read; no certificate will be trusted`]
        : []),
      ...files.flatMap((file) => expiries(file, now)),
    ],
  };
}

export interface Verification {
  readonly chain: TlsTerms["chain"] | { readonly file: string };
  readonly checksName: boolean;
}

/** What the endpoint and the policy together require to be verified. */
export function verification({ chain, checksName }: TlsTerms, { verify, caFile }: TlsPolicy): Verification {
  const needed = chain === "any" && (verify || caFile !== undefined) ? "system" : chain;
  return {
    chain: needed === "system" && caFile !== undefined ? { file: caFile } : needed,
    checksName: checksName || verify,
  };
}

function readClient({ path, keyPath }: { readonly path: string; readonly keyPath: string }) {
  const { certificates } = readCertificates(path);
  const key = readPrivateKey(keyPath);
  if (certificates[0]?.checkPrivateKey(key) !== true) {
    throw transportErrors.tlsFile(keyPath, `the key does not belong to the certificate in ${path}`);
  }
  return { cert: certificates.map(String).join(""), key: readPem(keyPath) };
}

function expiries({ path, certificates }: CertificateFile, now: Date): readonly string[] {
  return certificates.filter(hasExpired(now)).map((one) => {
    return `${path}: the certificate of ${commonName(one.subject)} expired on ${shownDay(one.validTo)}; certificates that it signed will be rejected`;
  });
}

function hasExpired(now: Date): (certificate: X509Certificate) => boolean {
  return ({ validTo }) => Date.parse(validTo) < now.getTime();
}

/** Windows' own since Node.js 22.15, where there are no files of them; otherwise those bundled with Node.js. */
function certificatesOfNode(): readonly string[] {
  const { getCACertificates } = tls as { readonly getCACertificates?: (store: "system") => string[] };
  const own = isWindows ? (getCACertificates?.("system") ?? []) : [];
  return own.length > 0 ? own : tls.rootCertificates;
}
