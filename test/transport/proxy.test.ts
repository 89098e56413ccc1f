import { describe, expect, it } from "vitest";
import type { TcpEndpoint } from "../../src/transport/endpoint.ts";
import { isExcepted, proxyFromEnvironment, readProxy } from "../../src/transport/proxy.ts";

const place = { where: "w.tac: proxy_connection_string", directory: "/base" };

function tcp(host: string, port: number): TcpEndpoint {
  return { kind: "tcp", host, port, timeoutMs: 30_000, bindAddress: undefined };
}

/** The value of the header for `user:password`. */
function basic(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString("base64")}`;
}

const master = tcp("master.example", 9989);

describe("a proxy by an endpoint string", () => {
  it("is any endpoint, with user and password if it wants them", () => {
    expect(readProxy("tcp:p:3128", place)).toEqual({ endpoint: tcp("p", 3128), authorization: undefined });
    expect(readProxy("tcp:p:3128:user=bot:password=a\\:b=c", place)).toEqual({
      endpoint: tcp("p", 3128),
      authorization: basic("bot:a:b=c"),
    });
    expect(readProxy("tls:p:443:trustRoots=ca:user=ü", place)).toMatchObject({
      endpoint: { kind: "tls", under: tcp("p", 443), terms: { chain: { directory: "/base/ca" } } },
      authorization: basic("ü:"),
    });
  });

  it.each([
    ["tcp:p:3128:password=sekret", /: the proxy's password needs a user/],
    ["tcp:p:3128:user=a\\:sekret", /: the proxy's password needs a user name without a colon/],
    ["http://u:sekret@p:3128", /: Unknown endpoint type: 'http'/],
    ["tcp:p:3128:passwd=sekret", /: unknown keyword 'passwd'/],
    ["tcp:p:3128:user=u:password=abc:sekret=x", /: unknown keyword in field 6; expected any of host/],
    ["tcp:p:3128:user=u:password=abc:s3kret=sekret", /: unknown keyword in field 6; expected any of host/],
  ])("is refused without a word of the password: %s", (text, sentence) => {
    expect(() => readProxy(text, place)).toThrow(sentence);
    expect(() => readProxy(text, place)).toThrow(expect.not.objectContaining({ message: /sekret/ }));
  });
});

describe("a proxy by the environment", () => {
  it.each([
    [{ https_proxy: "http://p:3128" }, tcp("p", 3128)],
    [{ HTTPS_PROXY: "p:3128" }, tcp("p", 3128)],
    [{ HTTPS_PROXY: "http://p/" }, tcp("p", 80)],
    [{ ALL_PROXY: "http://[::1]:3128/" }, tcp("::1", 3128)],
    [{ https_proxy: "http://low:1", HTTPS_PROXY: "http://up:2", all_proxy: "http://all:3" }, tcp("low", 1)],
    [{ https_proxy: "", HTTPS_PROXY: "http://up:2" }, tcp("up", 2)],
  ])("is that of %j", (environment, endpoint) => {
    expect(proxyFromEnvironment(environment, master)).toEqual({ endpoint, authorization: undefined });
  });

  it("is reached over TLS, and verified, with https://", () => {
    expect(proxyFromEnvironment({ https_proxy: "https://p" }, master)?.endpoint).toMatchObject({
      kind: "tls",
      under: tcp("p", 443),
      terms: { chain: "system", name: "p", checksName: true },
    });
  });

  it("has its credentials in the URL", () => {
    const withUser = (user: string) =>
      proxyFromEnvironment({ https_proxy: `http://${user}@p:1` }, master)?.authorization;
    expect(withUser("bot:pa%3Ass")).toBe(basic("bot:pa:ss"));
    expect(withUser("bot")).toBe(basic("bot:"));
    expect(withUser("bot:100%")).toBe(basic("bot:100%"));
  });

  it("is none when no variable is set, or one of only other programs'", () => {
    expect(proxyFromEnvironment({}, master)).toBe(undefined);
    expect(proxyFromEnvironment({ http_proxy: "http://p:1" }, master)).toBe(undefined);
  });

  it("is none for what NO_PROXY excepts", () => {
    const environment = { https_proxy: "http://p:1", NO_PROXY: "localhost,.example" };
    const proxy = { endpoint: { host: "p", port: 1 } };
    expect(proxyFromEnvironment(environment, master)).toBe(undefined);
    expect(proxyFromEnvironment(environment, tcp("master.test", 1))).toMatchObject(proxy);
    expect(proxyFromEnvironment({ ...environment, no_proxy: "other" }, master)).toMatchObject(proxy);
  });

  it.each([
    ["socks5://u:sekret@p:1", "ALL_PROXY: expected an http:// or https:// proxy, got socks5://"],
    ["http://u:sekret@:1", "ALL_PROXY: expected http://HOST:PORT"],
    ["http://u:sekret@p:99999", "ALL_PROXY: expected http://HOST:PORT"],
  ])("cannot be %s", (text, sentence) => {
    expect(() => proxyFromEnvironment({ ALL_PROXY: text }, master)).toThrow(
      expect.objectContaining({ code: "ERR_ENDPOINT", message: sentence }),
    );
  });
});

describe("NO_PROXY", () => {
  it.each<[string, string, boolean]>([
    ["*", "a.example", true],
    ["", "a.example", false],
    ["example", "example", true],
    ["example", "a.example", true],
    [".example", "a.b.example", true],
    [".example", "example", true],
    ["*.example", "a.example", true],
    ["example", "notexample", false],
    ["EXAMPLE", "a.Example.", true],
    ["a , b\tc", "c", true],
    ["a.example:9989", "a.example", true],
    ["a.example:80", "a.example", false],
    ["10.0.0.1", "10.0.0.1", true],
    ["10.0.0.1:9989", "10.0.0.1", true],
    ["10.0.0.0/8", "10.1.2.3", true],
    ["10.0.0.0/8", "11.1.2.3", false],
    ["10.0.0.0/99", "10.1.2.3", false],
    ["0.0.0.1", "10.0.0.1", false],
    ["::1", "::1", true],
    ["[::1]:9989", "::1", true],
    ["fe80::/10", "fe80::1", true],
    ["fe80::/10", "10.0.0.1", false],
    [".", "a.example", false],
  ])("%j for %s: %s", (list, host, excepted) => {
    expect(isExcepted({ host, port: 9989 }, list)).toBe(excepted);
  });
});
