import { describe, expect, it } from "vitest";
import { refusalText } from "../../src/transport/proxy-refusal.ts";
import { HEAD_LIMIT_BYTES, readReply } from "../../src/transport/proxy-reply.ts";

const read = (text: string) => readReply(Buffer.from(text, "latin1"));

function reply(text: string) {
  const reading = read(text);
  if (reading.kind !== "reply") throw new Error(reading.kind);
  return reading.reply;
}

describe("the answer of a proxy", () => {
  it.each([
    ["HTTP/1.1 200 Connection established\r\n\r\n", 200, "Connection established"],
    ["HTTP/1.0 200 OK\r\nVia: x\r\n\r\n\x02\x80", 200, "OK"],
    ["HTTP/1.1 200\r\n\r\n", 200, ""],
    ["HTTP/1.1 200 \r\n\r\n", 200, ""],
    ["HTTP/1.1   200   Connection established  \r\n\r\n", 200, "Connection established"],
    ["HTTP/1.1 204 No Content\n\n", 204, "No Content"],
  ])("%j is read", (text, status, reason) => {
    expect(reply(text)).toMatchObject({ status, reason });
  });

  it("ends with the empty line, and what follows is not its own", () => {
    const head = "HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\na: 3\r\n\r\n";
    expect(reply(`${head}\r\n\r\nrest`)).toEqual({
      status: 200,
      reason: "OK",
      headers: new Map([
        ["a", "1, 3"],
        ["b", "2"],
      ]),
      headBytes: head.length,
    });
  });

  it.each(["", "H", "HTTP/1.", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nVia: x\r\n"])("%j is unfinished", (text) => {
    expect(read(text)).toEqual({ kind: "unfinished" });
  });

  it.each([
    ["\x02\x80", 'it sent "\\u0002\\u0080"'],
    ["SSH-2.0-OpenSSH\r\n", 'it sent "SSH-2.0-OpenSSH\\r\\n"'],
    ["HTTP/2 200\r\n\r\n", 'it sent "HTTP/2 200\\r\\n\\r\\n"'],
    ["HTTP/1.1 OK\r\n\r\n", 'it sent "HTTP/1.1 OK"'],
    [`HTTP/1.1 200 OK\r\nX: ${"x".repeat(HEAD_LIMIT_BYTES)}`, `its answer has no end within ${HEAD_LIMIT_BYTES} bytes`],
    [`HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(300)}`, "its answer has more than 200 lines"],
  ])("is none that begins with %j", (text, why) => {
    expect(read(text)).toEqual({ kind: "garbage", why });
  });
});

describe("a proxy that refuses", () => {
  const tell = (text: string, withCredentials = false) =>
    refusalText(reply(text), { who: "the proxy at p:3128", target: "m:9989", withCredentials });

  it.each([
    ["403 Forbidden\r\n", "the proxy at p:3128 does not allow a tunnel to m:9989 (403 Forbidden)"],
    [
      "405 Nope\r\n",
      "the proxy at p:3128 does not support tunnels to m:9989 (405 Nope): check that it is an HTTP proxy",
    ],
    ["502 Bad Gateway\r\n", "the proxy at p:3128 cannot reach the master at m:9989 (502 Bad Gateway)"],
    ["504\r\n", "the proxy at p:3128 cannot reach the master at m:9989 (504)"],
    [
      "302 Found\r\nLocation: http://x/\r\n",
      "the proxy at p:3128 redirects to http://x/ (302 Found): check that it is an HTTP proxy",
    ],
    ["100 Continue\r\n", "the proxy at p:3128 refused a tunnel to m:9989 (100 Continue)"],
    ["500 a\x1b[31m\r\n", "the proxy at p:3128 refused a tunnel to m:9989 (500 a?[31m)"],
  ])("with %j is quoted with what it means", (answer, sentence) => {
    expect(tell(`HTTP/1.1 ${answer}\r\n`)).toBe(sentence);
  });

  it("for lack of credentials, or for wrong ones, says which", () => {
    const answer = 'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n';
    expect(tell(answer)).toBe("the proxy at p:3128 requires a user name and a password (407 No)");
    expect(tell(answer, true)).toBe("the proxy at p:3128 does not accept the user name or password (407 No)");
    expect(tell("HTTP/1.1 407 No\r\n\r\n")).toBe("the proxy at p:3128 requires a user name and a password (407 No)");
    expect(tell("HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n", true)).toBe(
      "the proxy at p:3128 requires an authentication scheme other than Basic: Negotiate, NTLM (407 No)",
    );
  });
});
