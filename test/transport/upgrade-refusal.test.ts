import { describe, expect, it } from "vitest";
import { notHttpRefusal, upgradeRefusal } from "../../src/transport/upgrade-refusal.ts";

const refusal = (status: number, reason = "", location?: string) => upgradeRefusal({ status, reason, location }, "/p");

describe("an answer that is no WebSocket", () => {
  it.each<[number, string, string]>([
    [403, "Forbidden", "denies access (403 Forbidden): check the proxy or firewall in front of the master"],
    [404, "", "has no worker endpoint at /p (404): check the path in buildbot.tac"],
    [502, "Bad Gateway", "cannot reach the master behind it (502 Bad Gateway)"],
    [503, "", "cannot reach the master behind it (503)"],
    [504, "", "cannot reach the master behind it (504)"],
    [200, "OK", "does not accept a WebSocket (200 OK): check that it is the master's MessagePack port"],
    [
      400,
      "Bad request",
      "does not accept a WebSocket (400 Bad request): check that it is the master's MessagePack port",
    ],
    [426, "", "does not accept a WebSocket (426): check that it is the master's MessagePack port"],
    [418, "I'm a teapot", "refused the WebSocket (418 I'm a teapot)"],
  ])("%i %s is explained in a clause", (status, reason, clause) => {
    expect(refusal(status, reason)).toBe(clause);
  });

  it("is a redirect", () => {
    expect(refusal(301, "Moved", "https://x/")).toMatch(
      /^redirects to https:\/\/x\/ \(301 Moved\), and workers do not follow/,
    );
    expect(refusal(307)).toMatch(/^redirects \(307\), and/);
  });

  it("makes no mess of a log", () => {
    const clause = refusal(302, "\u001b[2J\r\n", `http://${"x".repeat(5000)}\u0007`);
    expect(clause).not.toMatch(/\p{Cc}/u);
    expect(clause.length).toBeLessThan(600);
  });
});

describe("what does not speak HTTP", () => {
  it("may be a master for the other protocol", () => {
    expect(notHttpRefusal(Buffer.from("\x02\x80\x02\x82pb\x04\x82none", "latin1"))).toMatch(
      /^is a Buildbot master's port for/,
    );
  });

  it("is shown by its first words", () => {
    expect(notHttpRefusal(Buffer.from("220 mail\r\n"))).toBe(
      'is not a MessagePack master: it sent "220 mail\\r\\n"; check host and port',
    );
  });
});
