import { describe, expect, it } from "vitest";
import type { Endpoint } from "../../src/transport/endpoint.ts";
import { readEndpoint } from "../../src/transport/endpoint-string.ts";
import { endpointWords } from "../../src/transport/endpoint-words.ts";
import { readVectors } from "../support/vectors.ts";

interface WordsVector {
  readonly string: string;
  readonly positional: readonly string[];
  readonly keywords: Readonly<Record<string, string>>;
}

interface TwistedEndpoint {
  readonly class: string;
  readonly wraps?: TwistedEndpoint;
  readonly host?: string;
  readonly hostText?: string;
  readonly port?: number;
  readonly path?: string;
  readonly checkPID?: boolean | number;
  readonly timeout?: number;
  readonly bindAddress?: string | null;
}

type EndpointVector = { readonly string: string; readonly connect?: string } & (
  | { readonly endpoint: TwistedEndpoint }
  | { readonly exception: string }
);

const place = { where: "w.tac: connection_string", directory: "/base" };
const read = (text: string) => readEndpoint(text, place);

describe("the fields of an endpoint string", () => {
  const { endpoint_strings } = readVectors<{ endpoint_strings: readonly WordsVector[] }>("units.json");

  it.each(endpoint_strings)("are those that Twisted reads in $string", ({ string, positional, keywords }) => {
    const words = endpointWords(string);
    expect(words?.positional).toEqual(positional);
    expect(words?.keywords).toEqual(new Map(Object.entries(keywords)));
  });

  it("need something behind the last backslash", () => {
    expect(endpointWords("tcp:h:1\\")).toBe(undefined);
    expect(() => read("tcp:h:1\\")).toThrow(/^w\.tac: connection_string: the backslash at the end/);
  });
});

describe("an endpoint string", () => {
  const { endpoints } = readVectors<{ endpoints: readonly EndpointVector[] }>("net.json");
  // What only shows when its files are read: test/transport/tls-material.process.test.ts.
  const parsed = endpoints.filter((vector) => !("exception" in vector) || !vector.exception.startsWith("Unlistable"));

  it.each(parsed)("means what it means to Twisted: $string", (vector) => {
    if ("exception" in vector) expect(() => read(vector.string)).toThrow(/^w\.tac: connection_string: /);
    else expect(asTwisted(read(vector.string))).toEqual(withoutClasses(vector.endpoint));
  });

  it.each([
    ["nonsense:1", "Unknown endpoint type: 'nonsense'; expected tcp, tls, ssl or unix"],
    ["", "Unknown endpoint type: ''; expected tcp, tls, ssl or unix"],
    ["tcp:h", "port is missing"],
    ["tcp::1", "host is empty"],
    ["tcp:h o:1", "host must be the name or the IP address of a host"],
    ["tcp:h:0", "port must be a whole number from 1 to 65535"],
    ["tcp:h:70000", "port must be a whole number from 1 to 65535"],
    ["tcp:h:1:timeout=1.5", "timeout must be a whole number from 1 to 2000000"],
    ["tcp:h:1:timeout=0", "timeout must be a whole number from 1 to 2000000"],
    ["tcp:h:1:bindAddress=here", "bindAddress must be an IP address"],
    ["tcp:h:1:Timeout=4", "unknown keyword 'Timeout'; expected any of host, port, timeout, bindAddress"],
    [
      "tcp:::1:9989",
      "expected at most 2 fields without a name (host, port), got 4; a colon in a value is written as \\:",
    ],
    ["tls:host=h:1", "host is given twice, by name and by position"],
    ["tls:h:1:endpoint=tcp\\:h", "endpoint: port is missing"],
    ["unix:", "path is empty"],
    ["unix:/p:lockfile=yes", "lockfile must be a whole number from 0 to 1"],
  ])("%j is refused in one sentence", (text, reason) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: "ERR_ENDPOINT", message: `${place.where}: ${reason}` }),
    );
  });

  it.each(["tcp:h: 5", "tcp:h:+5", "tcp:h:0_5"])("takes numbers as Python does: %j", (text) => {
    expect(read(text)).toMatchObject({ port: 5 });
  });

  it("repeats no value in an error, since it may be a password", () => {
    for (const text of ["tcp:u:sekret@h:1", "tcp:u:sekret@h", "tcp:h:1:timeout=sekret", "tls:h:1:2:sekret"]) {
      expect(() => read(text)).toThrow(expect.not.objectContaining({ message: expect.stringContaining("sekret") }));
    }
  });

  it.each([
    ["tcp6:h:1", "Unknown endpoint type: 'tcp6'; expected tcp, tls, ssl or unix"],
    ["hunter2:h:1", "Unknown endpoint type: in field 1; expected tcp, tls, ssl or unix"],
    ["aVeryLongWordIndeed:1", "Unknown endpoint type: in field 1; expected tcp, tls, ssl or unix"],
    ["password=a:hush:1", "Unknown endpoint type: in field 2; expected tcp, tls, ssl or unix"],
    ["tcp:h:1:s3cret=x", "unknown keyword in field 4; expected any of host, port, timeout, bindAddress"],
  ])("names the place of what may be a part of a password: %s", (text, reason) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ message: `${place.where}: ${reason}` }));
  });

  it("has names in ASCII, and without the dot at the end where certificates are concerned", () => {
    expect(read("tls:bücher.example.:1")).toMatchObject({
      under: { host: "xn--bcher-kva.example." },
      terms: { name: "xn--bcher-kva.example" },
    });
  });

  it("has addresses without their zone where certificates are concerned", () => {
    expect(read("tls:fe80\\:\\:1%eth0:1")).toMatchObject({
      under: { host: "fe80::1%eth0" },
      terms: { name: "fe80::1" },
    });
  });

  it("has paths relative to the base directory", () => {
    expect(read("unix:sock")).toMatchObject({ path: "/base/sock" });
    expect(read("tls:h:1:trustRoots=ca:certificate=c.pem:privateKey=/k.pem")).toMatchObject({
      terms: { chain: { directory: "/base/ca" }, certificate: { path: "/base/c.pem", keyPath: "/k.pem" } },
    });
  });

  it("says what of a certificate is verified", () => {
    const terms = (text: string) => {
      const endpoint = read(text);
      return endpoint.kind === "tls" ? [endpoint.terms.chain, endpoint.terms.checksName, endpoint.terms.name] : [];
    };
    expect(terms("tls:h:1")).toEqual(["system", true, "h"]);
    expect(terms("tls:h:1:endpoint=tcp\\:g\\:2")).toEqual(["system", true, "h"]);
    expect(terms("ssl:h:1")).toEqual(["any", false, "h"]);
    expect(terms("ssl:h:1:caCertsDir=/c")).toEqual([{ directory: "/c" }, false, "h"]);
    expect(terms("ssl:h:1:hostname=g")).toEqual(["system", true, "g"]);
    expect(terms("ssl:h:1:caCertsDir=/c:hostname=g")).toEqual([{ directory: "/c" }, true, "g"]);
  });

  it("takes the key from the certificate's file when it names no other", () => {
    const both = { terms: { certificate: { path: "/c.pem", keyPath: "/c.pem" } } };
    expect(read("tls:h:1:certificate=/c.pem")).toMatchObject(both);
    expect(read("ssl:h:1:certKey=/c.pem")).toMatchObject(both);
    expect(read("tls:h:1:privateKey=/k.pem")).toMatchObject({ terms: { certificate: undefined } });
  });
});

/** An endpoint with the names of the vectors. */
function asTwisted(endpoint: Endpoint): unknown {
  if (endpoint.kind === "tls") return asTwisted(endpoint.under);
  const timeout = endpoint.timeoutMs / 1000;
  if (endpoint.kind === "unix") return { timeout, path: endpoint.path, checkPID: endpoint.lockfile };
  const { host, port, bindAddress } = endpoint;
  return { host, port, timeout, bindAddress: bindAddress === undefined ? null : `('${bindAddress}', 0)` };
}

function withoutClasses(vector: TwistedEndpoint): unknown {
  const { class: _, hostText, checkPID, ...rest } = vector.wraps ?? vector;
  const named = hostText === undefined ? rest : { ...rest, host: hostText };
  return checkPID === undefined ? named : { ...named, checkPID: Boolean(checkPID) };
}
