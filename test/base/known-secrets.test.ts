import { describe, expect, it } from "vitest";
import { KnownSecrets } from "../../src/base/known-secrets.ts";
import { pythonRepr } from "../../src/base/python-repr.ts";

const SECRET = "pl4nt+ed/sécret'\"\\ &%x";

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("a known secret is hidden", () => {
  const secrets = new KnownSecrets([SECRET]);
  const percent = encodeURIComponent(SECRET);
  const everyByte = percent.replaceAll("'", "%27");

  it.each<[string, string]>([
    ["as given", SECRET],
    ["in JSON", JSON.stringify(SECRET).slice(1, -1)],
    ["in a URL", percent],
    ["in a URL with small digits", percent.replaceAll(/%../g, (one) => one.toLowerCase())],
    ["in a URL as Python quotes it", everyByte.replaceAll("%2F", "/")],
    ["in a query", everyByte.replaceAll("%20", "+")],
    ["as Python's repr of bytes", "pl4nt+ed/s\\xc3\\xa9cret\\'\"\\\\ &%x"],
    ["quoted for a shell", SECRET.replaceAll("'", `'"'"'`)],
  ])("%s", (_, written) => {
    expect(secrets.hide(`<${written}>`)).toBe("<***>");
  });

  it("in Python's repr, whatever the quotes around it", () => {
    const words = ["pass'word1", 'pass"word2', "pass\\word3"];
    for (const around of ["", "'", '"', "'\""]) {
      for (const form of [(word: string) => word, (word: string) => Buffer.from(word)]) {
        const text = pythonRepr(words.map((word) => form(around + word)));
        expect(new KnownSecrets(words).hide(text)).not.toMatch(/pass|word/);
      }
    }
  });

  it.each([0, 1, 2, 3])("in base64, after %i other bytes, of either alphabet", (before) => {
    const whole = base64(`${"u:x".slice(0, before)}${SECRET}\n`);
    const core = base64(SECRET).slice(3, -4);
    for (const text of [whole, whole.replaceAll("+", "-").replaceAll("/", "_")]) {
      expect(secrets.hide(`Basic ${text}`)).toMatch(/^Basic [\w+/-]{0,5}\*\*\*[\w+/=-]{0,6}$/);
      expect(secrets.hide(text)).not.toContain(core);
    }
  });

  it("in every text of a value", () => {
    expect(secrets.hideIn({ name: "w1", list: [{ error: `no ${SECRET}` }], count: 3, none: null })).toEqual({
      name: "w1",
      list: [{ error: "no ***" }],
      count: 3,
      none: null,
    });
  });

  it("as a whole where another is a part of it", () => {
    expect(new KnownSecrets(["longsecret", "verylongsecret1"]).hide("=verylongsecret1, longsecret")).toBe("=***, ***");
  });
});

describe("what is no secret stays", () => {
  it("such as texts of three characters, and words of the log that programs search for", () => {
    const text = "message from master: attached, abc";
    expect(new KnownSecrets(["", "abc", "attached", "master", "x".repeat(5000)]).hide(text)).toBe(text);
  });

  it("such as a short secret within a word", () => {
    const secrets = new KnownSecrets(["sekret"]);
    expect(secrets.hide("sekret, sekrets, asekret, sekret_1, c2VrcmV0, c2VrcmV0eA==")).toBe(
      "***, sekrets, asekret, ***_1, ***, c2VrcmV0eA==",
    );
  });

  it("such as a user without a password, a port and a path", () => {
    const text = "ssh://git@host/x http://host:8080/@scope/x https://host/a:b@c git@host:x //a:b";
    expect(new KnownSecrets().hide(text)).toBe(text);
  });
});

it("a password in a URL is hidden with its user", () => {
  const text = "clone 'https://me:p@ss:1@host:80/x' ws://:token@host";
  expect(new KnownSecrets().hide(text)).toBe("clone 'https://***@host:80/x' ws://***@host");
});

describe("secrets of commands", () => {
  it("are hidden from then on, unless they may be usual words", () => {
    const secrets = new KnownSecrets(["firstsecret"]);
    secrets.learn(["secondsecret", "echo"]);
    secrets.learn([]);
    expect(secrets.hide("firstsecret secondsecret echo")).toBe("*** *** echo");
  });

  it("are forgotten beyond the last 64, and those of the worker never", () => {
    const secrets = new KnownSecrets(["firstsecret"]);
    secrets.learn(["oldsecret", "oldsecret"]);
    for (let i = 0; i < 64; i += 1) secrets.learn([`anothersecret${i}`]);
    expect(secrets.hide("firstsecret oldsecret anothersecret0 anothersecret63")).toBe("*** oldsecret *** ***");
  });
});
