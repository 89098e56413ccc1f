import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ownSecrets } from "../../src/config/own-secrets.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-secrets-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function fileOf(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const worker = { workerName: "w1", password: "unguessable", passwordVariables: [] };

it("the passwords of workers and proxies are secrets, and a password that is the name is none", () => {
  const proxy = { proxyConnectionString: "HTTP:proxy:80:user=me:password=of\\:the\\:proxy" };
  const named = { ...worker, workerName: "example-worker", password: "example-worker" };
  const secrets = ownSecrets([{ ...worker, ...proxy }, named], {});
  expect(secrets.hide("unguessable of:the:proxy of\\:the\\:proxy example-worker")).toBe("*** *** *** example-worker");
});

it("every line of a file that a variable of a secret names is a secret", () => {
  const environment = {
    API_TOKEN_FILE: fileOf("token", "tokenfromfile\n"),
    DEPLOY_KEY_FILE: fileOf("key", "-----BEGIN KEY-----\nabcdefghijk\r\nlmnopqrstuv\n"),
    BOT_FILE: fileOf("bot", "passwordofbot"),
    CONFIG_FILE: fileOf("config", "nothing secret"),
    OTHER_TOKEN_FILE: join(directory, "missing"),
    EMPTY_TOKEN_FILE: "",
    LARGE_TOKEN_FILE: fileOf("large", "largetoken\n".repeat(10_000)),
  };
  const secrets = ownSecrets([{ ...worker, passwordVariables: ["BOT_FILE"] }], environment);
  const text = "tokenfromfile abcdefghijk lmnopqrstuv passwordofbot nothing secret largetoken";
  expect(secrets.hide(text)).toBe("*** *** *** *** nothing secret largetoken");
});

it("passwords in URLs of the environment are secrets, as written and decoded, with or without a scheme", () => {
  const environment = {
    INDEX: "https://me:one%2Fsecret@host/",
    https_proxy: "me:anothersecret@proxy:80",
    A: "a:b@c:d@e",
  };
  const secrets = ownSecrets([], environment);
  expect(secrets.hide("one%2Fsecret one/secret anothersecret a:b@c:d")).toBe("*** *** *** a:b@c:d");
});
