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
  const fault = signatureFault(config, message);
  if (fault !== undefined) return { type: "refused", status: 401, sentence: fault };
  const event = message.header("x-github-event") ?? message.header("x-gitea-event");
  if (config.type !== "plain" && event !== "push") {
    return { type: "ignored", sentence: `events of type ${shown(event)} start no builds` };
  }
  const payload = payloadOf(message);
  if (typeof payload !== "object" || payload === null) {
    return { type: "refused", status: 400, sentence: "the body is not a JSON object" };
  }
  return config.type === "plain" ? plainChange(config, payload, message) : pushedChange(config, payload, message);
}

function signatureFault({ type, secret }: HookConfig, { header, body, nowMs }: HookMessage): string | undefined {
  if (type === "plain") {
    const timestamp = header("x-buildhand-timestamp") ?? "";
    const skewSeconds = Math.abs(nowMs / 1000 - (/^\d{1,12}$/.test(timestamp) ? Number(timestamp) : 0));
    const signed = isSecret(header("x-buildhand-signature") ?? "", signatureOf(secret, timestamp, body));
    if (!signed)
      return "the signature is missing or wrong: expected X-Buildhand-Signature with the secret of this hook";
    if (skewSeconds <= MAX_SKEW_SECONDS) return undefined;
    return `X-Buildhand-Timestamp is more than ${MAX_SKEW_SECONDS} seconds from the time of this master`;
  }
  const digest = createHmac("sha256", secret).update(body).digest("hex");
  // Gitea and Forgejo send the plain digest, and newer ones GitHub's header too.
  const given = header("x-hub-signature-256") ?? `sha256=${header("x-gitea-signature") ?? ""}`;
  return isSecret(given, `sha256=${digest}`)
    ? undefined
    : "the signature is missing or wrong: expected X-Hub-Signature-256 with the secret of this hook";
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

function plainChange(config: HookConfig, payload: object, { header }: HookMessage): HookReading {
  const texts = {
    branch: textAt(payload, ["branch"]),
    revision: textAt(payload, ["revision"]),
    author: textAt(payload, ["author"]),
    message: textAt(payload, ["message"]),
    link: textAt(payload, ["link"]),
  };
  return changeOf(config, texts, `${config.name} ${header("x-buildhand-signature")}`);
}

function pushedChange(config: HookConfig, payload: object, { body }: HookMessage): HookReading {
  const project = textAt(payload, ["repository", "full_name"]);
  if (!isSameProject(config.repository, project)) {
    return { type: "ignored", sentence: `the push is to ${shown(project)}, and this hook is for ${config.repository}` };
  }
  const reference = textAt(payload, ["ref"]);
  if (!reference.startsWith(HEADS)) return { type: "ignored", sentence: "only pushes to branches start builds" };
  const revision = textAt(payload, ["after"]);
  const commits: unknown = (payload as { readonly commits?: unknown }).commits;
  const last = valueAt(payload, ["head_commit"]) ?? (Array.isArray(commits) ? commits.at(-1) : undefined);
  const [name, address] = [textAt(last, ["author", "name"]), textAt(last, ["author", "email"])];
  const texts = {
    branch: reference.slice(HEADS.length),
    revision,
    author: address === "" ? name : `${name} <${address}>`,
    message: textAt(last, ["message"]),
    link: textAt(last, ["url"]),
  };
  // Its own id is not signed: a message with another one would count as new.
  const digest = createHmac("sha256", config.secret).update(body).digest("hex");
  return changeOf(config, texts, `${config.name} ${digest}`);
}

type ChangeTexts = Omit<SourceChange, "repository">;

function changeOf(config: HookConfig, texts: ChangeTexts, deliveryId: string): HookReading {
  const { branch, revision, author, message, link } = texts;
  if (!isBranchOf(config, branch)) return { type: "ignored", sentence: `the branch ${shown(branch)} is not watched` };
  const fault = branchFault(branch);
  if (fault !== undefined) return { type: "refused", status: 400, sentence: `${fault}, got ${shown(branch)}` };
  if (/^0+$/.test(revision)) return { type: "deleted", branch, deliveryId };
  if (!isHash(revision)) {
    return { type: "refused", status: 400, sentence: `expected a full revision, got ${shown(revision)}` };
  }
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
