// Verifies what a hook sent, and reads the change in it. Nothing is parsed before the signature is verified. Pure.
import { createHmac } from "node:crypto";
import type { HookConfig } from "../master-config.ts";
import type { SourceChange } from "../master-view.ts";
import { isSecret } from "../secret.ts";
import { branchFault, isHash } from "../source-names.ts";
import { MAX_AUTHOR_CHARS, MAX_MESSAGE_CHARS } from "./git-remote.ts";
import { isBranchOf } from "./source-branches.ts";

/** A push of GitHub lists up to 2048 commits. */
export const HOOK_LIMIT_BYTES = 5 * 1024 * 1024;
/** How far the time of a plain POST may be from ours. */
export const MAX_SKEW_SECONDS = 300;
const MAX_LINK_CHARS = 2000;
const HEADS = "refs/heads/";

export interface HookMessage {
  /** Undefined if it is missing; names are in lower case. */
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
  readonly nowMs: number;
}

/** Sentences are for the sender. */
export type HookReading =
  | { readonly type: "refused"; readonly status: 400 | 401; readonly sentence: string }
  | { readonly type: "ignored"; readonly sentence: string }
  /** The id is the same if the message is sent again. */
  | { readonly type: "deleted"; readonly branch: string; readonly deliveryId: string }
  | { readonly type: "change"; readonly change: SourceChange; readonly deliveryId: string };

/** The value of `X-Buildhand-Signature`. */
export function signatureOf(secret: string, timestamp: string, body: string | Buffer): string {
  return `sha256=${createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest("hex")}`;
}

export function readHookMessage(config: HookConfig, message: HookMessage): HookReading {
  const { header, body, nowMs } = message;
  const isPlain = config.type === "plain";
  const timestamp = header("x-buildhand-timestamp") ?? "";
  // Gitea and Forgejo send the plain digest, and newer ones GitHub's header too.
  const ofForge = header("x-hub-signature-256") ?? `sha256=${header("x-gitea-signature") ?? ""}`;
  const given = isPlain ? (header("x-buildhand-signature") ?? "") : ofForge;
  const signature = isPlain ? signatureOf(config.secret, timestamp, body) : forgeSignature(config.secret, body);
  if (!isSecret(given, signature)) {
    const expected = isPlain ? "X-Buildhand-Signature" : "X-Hub-Signature-256";
    return refused(401, `the signature is missing or wrong: expected ${expected} with the secret of this hook`);
  }
  const skewSeconds = Math.abs(nowMs / 1000 - (/^\d{1,12}$/.test(timestamp) ? Number(timestamp) : 0));
  if (isPlain && skewSeconds > MAX_SKEW_SECONDS) {
    return refused(401, `X-Buildhand-Timestamp is more than ${MAX_SKEW_SECONDS} seconds from the time of this master`);
  }
  const event = header("x-github-event") ?? header("x-gitea-event");
  if (!isPlain && event !== "push") return ignored(`events of type ${shown(event)} start no builds`);
  const payload = payloadOf(message);
  if (typeof payload !== "object" || payload === null) return refused(400, "the body is not a JSON object");
  const texts = isPlain ? plainTexts(payload) : pushedTexts(config, payload);
  // A forge's own id is not signed: a message with another one would count as new.
  return "type" in texts ? texts : changeOf(config, texts, `${config.name} ${isPlain ? given : signature.slice(7)}`);
}

function refused(status: 400 | 401, sentence: string): HookReading {
  return { type: "refused", status, sentence };
}

function ignored(sentence: string): HookReading {
  return { type: "ignored", sentence };
}

function forgeSignature(secret: string, body: Buffer): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

function payloadOf({ header, body }: HookMessage): unknown {
  const text = body.toString();
  const isForm = header("content-type")?.startsWith("application/x-www-form-urlencoded") ?? false;
  try {
    return JSON.parse(isForm ? (new URLSearchParams(text).get("payload") ?? "") : text);
  } catch {
    return undefined;
  }
}

type ChangeTexts = Omit<SourceChange, "repository">;

function plainTexts(payload: object): ChangeTexts {
  const text = (key: string) => textAt(payload, [key]);
  const [branch, revision] = [text("branch"), text("revision")];
  return { branch, revision, author: text("author"), message: text("message"), link: text("link") };
}

function pushedTexts({ repository }: HookConfig, payload: object): ChangeTexts | HookReading {
  const project = textAt(payload, ["repository", "full_name"]);
  if (!isSameProject(repository, project)) {
    return ignored(`the push is to ${shown(project)}, and this hook is for ${repository}`);
  }
  const reference = textAt(payload, ["ref"]);
  if (!reference.startsWith(HEADS)) return ignored("only pushes to branches start builds");
  const commits = valueAt(payload, ["commits"]);
  const last = valueAt(payload, ["head_commit"]) ?? (Array.isArray(commits) ? commits.at(-1) : undefined);
  const [name, address] = [textAt(last, ["author", "name"]), textAt(last, ["author", "email"])];
  return {
    branch: reference.slice(HEADS.length),
    revision: textAt(payload, ["after"]),
    author: address === "" ? name : `${name} <${address}>`,
    message: textAt(last, ["message"]),
    link: textAt(last, ["url"]),
  };
}

function changeOf(config: HookConfig, texts: ChangeTexts, deliveryId: string): HookReading {
  const { branch, revision, author, message, link } = texts;
  if (!isBranchOf(config, branch)) return ignored(`the branch ${shown(branch)} is not watched`);
  const fault = branchFault(branch);
  if (fault !== undefined) return refused(400, `${fault}, got ${shown(branch)}`);
  if (/^0+$/.test(revision)) return { type: "deleted", branch, deliveryId };
  if (!isHash(revision)) return refused(400, `expected a full revision, got ${shown(revision)}`);
  const change = {
    repository: config.repository,
    branch,
    revision,
    author: author.slice(0, MAX_AUTHOR_CHARS),
    message: message.slice(0, MAX_MESSAGE_CHARS),
    link: link.slice(0, MAX_LINK_CHARS),
  };
  return { type: "change", change, deliveryId };
}

/** Repositories that are not addressed by owner and name, such as a local mirror, may have any project. */
function isSameProject(repository: string, project: string): boolean {
  const own = ownerAndName(repository);
  return own === undefined || own.toLowerCase() === project.toLowerCase();
}

/** `owner/name` of the address of a repository on a forge: the last two parts of its path. */
export function ownerAndName(repository: string): string | undefined {
  if (!/^(?:https?|ssh|git):\/\/|^[\w.-]+@[\w.-]+:/.test(repository)) return undefined;
  const path = repository.replace(/^[a-z]+:\/\/[^/]*\//, "").replace(/^[\w.-]+@[\w.-]+:/, "");
  const parts = path
    .replace(/\.git$/, "")
    .split("/")
    .filter((part) => part !== "");
  return parts.length < 2 ? undefined : parts.slice(-2).join("/");
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Readonly<Record<string, unknown>>)[key]
        : undefined,
    value,
  );
}

/** Empty if it is not text. */
function textAt(value: unknown, keys: readonly string[]): string {
  const text = valueAt(value, keys);
  return typeof text === "string" ? text : "";
}

function shown(text: string | undefined): string {
  return text === undefined || text === "" ? "nothing" : `'${text.slice(0, 100)}'`;
}
