// A certificate for a relay: self-signed and without an end, since workers know it by its fingerprint. Pure but for the
// new key.
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const GENERALIZED_TIME = 0x18;
const ECDSA_WITH_SHA256 = Buffer.from("2a8648ce3d040302", "hex");
const COMMON_NAME = Buffer.from("550403", "hex");
const VERSION_3 = Buffer.from("a003020102", "hex");

export interface RelayCertificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

export function createRelayCertificate(): RelayCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = der(SEQUENCE, der(OBJECT_IDENTIFIER, ECDSA_WITH_SHA256));
  const attribute = [der(OBJECT_IDENTIFIER, COMMON_NAME), der(UTF8_STRING, Buffer.from("buildhand relay"))];
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, ...attribute)));
  const times = ["20200101000000Z", "99991231235959Z"].map((time) => der(GENERALIZED_TIME, Buffer.from(time)));
  // Positive and without leading zeros.
  const serial = der(INTEGER, Buffer.concat([Buffer.of(1), randomBytes(8)]));
  const subjectKey = publicKey.export({ type: "spki", format: "der" });
  const content = der(SEQUENCE, VERSION_3, serial, algorithm, name, der(SEQUENCE, ...times), name, subjectKey);
  const signature = der(BIT_STRING, Buffer.of(0), sign("sha256", content, privateKey));
  const base64 = der(SEQUENCE, content, algorithm, signature).toString("base64").replaceAll(/.{64}/g, "$&\n");
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${base64.trimEnd()}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  const bytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...bytes), content]);
}
