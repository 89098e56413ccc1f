import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { givenRelaySettings, readRelaySettings } from "../../../src/config/index.ts";
import { createRelayCertificate, readRelayAddress, readRelayKey, relayKeyText } from "../../../src/transport/index.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-relay-files-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function fileWith(text: string): string {
  const path = join(directory, "file");
  writeFileSync(path, text);
  return path;
}

describe("the key of a relay", () => {
  it.each([undefined, "ab".repeat(32)])("is read as it was written, with the fingerprint %s", (pin) => {
    const key = Buffer.alloc(32, 7);
    expect(readRelayKey(fileWith(relayKeyText({ key, pin })))).toEqual({ key, pin });
  });

  it.each(["", "buildhand-relay secret", "-----BEGIN PRIVATE KEY-----"])("is not %j, which no error shows", (text) => {
    expect(() => readRelayKey(fileWith(text))).toThrow(/file: expected the key of a relay/);
  });

  it("must be there", () => {
    expect(() => readRelayKey(join(directory, "none"))).toThrow("none: No such file");
  });
});

describe("the certificate of a relay", () => {
  it("is signed by its own key and has no end", () => {
    const { certificate, key } = createRelayCertificate();
    const read = new X509Certificate(certificate);
    expect(read.verify(read.publicKey)).toBe(true);
    expect(read.subject).toBe("CN=buildhand relay");
    expect(new Date(read.validTo).getUTCFullYear()).toBe(9999);
    expect(key).toContain("BEGIN PRIVATE KEY");
  });
});

describe("the address of a relay", () => {
  it.each([
    ["h.example:9990", { kind: "tcp", host: "h.example", port: 9990 }],
    ["[::1]:1", { kind: "tcp", host: "::1", port: 1 }],
    ["unix:/run/relay.sock", { kind: "unix", path: "/run/relay.sock" }],
  ])("may be %s", (text, endpoint) => {
    expect(readRelayAddress(text, "relay")).toMatchObject(endpoint);
  });

  it.each(["", "h", "h:0", "h:65536", "::1:5", "unix:relative", ":5"])("is not %j", (text) => {
    expect(() => readRelayAddress(text, "relay")).toThrow(`relay: expected HOST:PORT or unix:/PATH, got '${text}'`);
  });
});

describe("relay.conf", () => {
  it("is read as it was created", () => {
    const { text } = givenRelaySettings(
      new Map([
        ["grace", "30"],
        ["quiet", ""],
      ]),
    );
    const defaults = { listen: "0.0.0.0:9990", master: "127.0.0.1:9989", sessions: 10_000 };
    expect(readRelaySettings(fileWith(text))).toEqual({ ...defaults, grace: 30 });
  });

  it.each([
    ["grace = soon", "file: grace must be a number of seconds"],
    ["sessions = 0", "file: sessions must be a whole number from 1 to 100000"],
    ["greace = 5", "file: greace: expected one of listen, master, grace, sessions"],
  ])("must not have the line %j", (line, error) => {
    expect(() => readRelaySettings(fileWith(line))).toThrow(error);
  });
});
