// What the hooks of GitHub, Gitea, Forgejo and scripts send, in the form in which they send it.
import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import type { HookConfig } from "../../../src/master/master-config.ts";
import {
  type HookMessage,
  type HookReading,
  MAX_SKEW_SECONDS,
  ownerAndName,
  readHookMessage,
  signatureOf,
} from "../../../src/master/sources/hook-message.ts";
import { giteaPush, githubPush } from "./hook-payloads.ts";

const SECRET = "It's a Secret to Everybody";
const NOW_S = 1_700_000_000;
const REVISION = "1481a2de7b2a7d02428ad93446ab166be7793fbb";

function hook(type: HookConfig["type"], more: Partial<HookConfig> = {}): HookConfig {
  const repository = "https://git.example.org/ada/engine.git";
  return { type, name: "engine", repository, branches: ["main", "release/*"], secret: SECRET, ...more };
}

function message(body: string, headers: Readonly<Record<string, string>>): HookMessage {
  return { header: (name) => headers[name], body: Buffer.from(body), nowMs: NOW_S * 1000 };
}

function hmac(body: string, secret = SECRET): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

function fromGithub(payload: unknown, headers: Readonly<Record<string, string>> = {}): HookMessage {
  const body = JSON.stringify(payload);
  return message(body, {
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/044aadd",
    "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
    "x-github-event": "push",
    "x-github-hook-id": "292430182",
    "x-hub-signature-256": `sha256=${hmac(body)}`,
    ...headers,
  });
}

function fromGitea(payload: unknown, headers: Readonly<Record<string, string>> = {}): HookMessage {
  const body = JSON.stringify(payload, null, 2);
  return message(body, {
    "content-type": "application/json",
    "x-gitea-delivery": "f6266f16-1bf3-46a5-9ea4-602e06ead473",
    "x-gitea-event": "push",
    "x-gitea-signature": hmac(body),
    ...headers,
  });
}

function fromScript(payload: unknown, { seconds = NOW_S, secret = SECRET } = {}): HookMessage {
  const body = JSON.stringify(payload);
  const timestamp = String(seconds);
  return message(body, {
    "x-buildhand-timestamp": timestamp,
    "x-buildhand-signature": signatureOf(secret, timestamp, body),
  });
}

function sentence(reading: HookReading): string {
  return "sentence" in reading ? `${reading.type}: ${reading.sentence}` : reading.type;
}

const change = {
  repository: "https://git.example.org/ada/engine.git",
  branch: "main",
  revision: REVISION,
  author: "Ada Lovelace <ada@example.org>",
  message: "Add the engine\n\nAnd its notes.",
};

test("GitHub's own example of a signature is accepted", () => {
  const signature = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  const headers = { "x-hub-signature-256": `sha256=${signature}`, "x-github-event": "ping" };
  expect(sentence(readHookMessage(hook("github"), message("Hello, World!", headers)))).toMatch(/^ignored: .*'ping'/);
});

test("a push to GitHub is a change", () => {
  const link = `https://git.example.org/ada/engine/commit/${REVISION}`;
  expect(readHookMessage(hook("github"), fromGithub(githubPush()))).toMatchObject({ change: { ...change, link } });
});

test("GitHub's other content type is a form", () => {
  const body = new URLSearchParams({ payload: JSON.stringify(githubPush()) }).toString();
  const form = fromGithub({}, {});
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "x-github-event": "push",
    "x-hub-signature-256": `sha256=${hmac(body)}`,
  };
  expect(readHookMessage(hook("github"), { ...form, ...message(body, headers) })).toMatchObject({ change });
});

test("a push to Gitea or Forgejo is a change, with its own header of a signature or GitHub's", () => {
  expect(readHookMessage(hook("gitea"), fromGitea(giteaPush()))).toMatchObject({ change });
  const body = JSON.stringify(giteaPush(), null, 2);
  const both = fromGitea(giteaPush(), { "x-hub-signature-256": `sha256=${hmac(body)}`, "x-forgejo-event": "push" });
  expect(readHookMessage(hook("gitea"), both)).toMatchObject({ change });
});

test("a plain POST is a change", () => {
  const { repository: _repository, ...sent } = change;
  expect(readHookMessage(hook("plain"), fromScript(sent))).toMatchObject({ change: { ...change, link: "" } });
});

test.each([
  ["a wrong secret", "github", fromGithub(githubPush(), { "x-hub-signature-256": `sha256=${hmac("x")}` })],
  ["no signature", "github", message(JSON.stringify(githubPush()), { "x-github-event": "push" })],
  ["an empty signature", "gitea", fromGitea(giteaPush(), { "x-gitea-signature": "" })],
  ["SHA-1 alone", "github", message("{}", { "x-hub-signature": "sha1=0", "x-github-event": "push" })],
  ["a plain POST with another secret", "plain", fromScript({ branch: "main", revision: REVISION }, { secret: "no" })],
  ["a plain POST signed like GitHub's", "plain", fromGithub({ branch: "main", revision: REVISION })],
] as const)("is refused: %s", (_what, type, sent) => {
  expect(readHookMessage(hook(type), sent)).toMatchObject({ type: "refused", status: 401 });
});

test.each([
  [-MAX_SKEW_SECONDS, "change"],
  [MAX_SKEW_SECONDS, "change"],
  [-MAX_SKEW_SECONDS - 1, "refused"],
  [MAX_SKEW_SECONDS + 1, "refused"],
])("the time of a plain POST that is %d seconds from ours: %s", (skew, type) => {
  const sent = fromScript({ branch: "main", revision: REVISION }, { seconds: NOW_S + skew });
  expect(readHookMessage(hook("plain"), sent).type).toBe(type);
});

test("the time of a plain POST is part of what is signed", () => {
  const sent = fromScript({ branch: "main", revision: REVISION });
  const header = (name: string) => (name === "x-buildhand-timestamp" ? String(NOW_S + 1) : sent.header(name));
  expect(readHookMessage(hook("plain"), { ...sent, header })).toMatchObject({ type: "refused", status: 401 });
});

test.each<[string, Record<string, unknown>, string]>([
  ["a tag", { ref: "refs/tags/v1" }, "ignored: only pushes to branches start builds"],
  ["a branch that is not watched", { ref: "refs/heads/other" }, "ignored: the branch 'other' is not watched"],
  ["a deleted branch", { after: "0".repeat(40) }, "deleted"],
  ["no revision", { after: "HEAD" }, "refused: expected a full revision, got 'HEAD'"],
  ["a branch for a shell", { ref: "refs/heads/release/$(reboot)" }, "refused: expected a branch of letters"],
  ["another repository", { repository: { full_name: "eve/engine" } }, "ignored: the push is to 'eve/engine'"],
])("%s is no change", (_what, more, expected) => {
  const reading = readHookMessage(hook("github"), fromGithub({ ...githubPush(), ...more }));
  expect(sentence(reading)).toContain(expected);
});

test.each([["[]"], ["null"], ["{"], ['"text"']])("the body %s is refused, or ignored", (body) => {
  const headers = { "x-github-event": "push", "x-hub-signature-256": `sha256=${hmac(body)}` };
  expect(["refused", "ignored"]).toContain(readHookMessage(hook("github"), message(body, headers)).type);
});

test("a message that is sent again has the same id, whatever its unsigned headers say", () => {
  const ids = ["one", "two"].map((id) => {
    const reading = readHookMessage(hook("github"), fromGithub(githubPush(), { "x-github-delivery": id }));
    return reading.type === "change" ? reading.deliveryId : undefined;
  });
  expect(ids[0]).toBeDefined();
  expect(ids[0]).toBe(ids[1]);
});

test.each([
  ["https://github.com/ada/engine.git", "ada/engine"],
  ["https://user@github.com/ada/engine", "ada/engine"],
  ["ssh://git@git.example.org:2222/ada/engine.git", "ada/engine"],
  ["git@github.com:ada/engine.git", "ada/engine"],
  ["https://example.org/git/ada/engine.git", "ada/engine"],
  ["/srv/git/engine.git", undefined],
  ["file:///srv/git/engine.git", undefined],
  ["https://example.org/engine.git", undefined],
])("the project of %s is %s", (repository, project) => {
  expect(ownerAndName(repository)).toBe(project);
});
