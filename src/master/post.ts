// One HTTP POST of JSON, within limits of time and of the answer's size. Redirects are not followed, so that a token
// reaches only the configured host.
import { errorText } from "../base/errors.ts";
import { signatureOf } from "./sources/index.ts";

const ANSWER_MS = 30_000;
const MAX_ANSWER_CHARS = 1000;

export interface PostRequest {
  readonly url: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Signs it, as hooks of type plain expect it. */
  readonly secret?: string | undefined;
  readonly nowMs: number;
}

/** `status` is undefined if there was no answer; `text` is its beginning, or why there was none. */
export interface PostAnswer {
  readonly status: number | undefined;
  readonly isAccepted: boolean;
  readonly text: string;
}

export async function post({ url, content, headers, secret, nowMs }: PostRequest): Promise<PostAnswer> {
  const body = JSON.stringify(content);
  const timestamp = String(Math.floor(nowMs / 1000));
  const signed = {
    "X-Buildhand-Timestamp": timestamp,
    "X-Buildhand-Signature": secret === undefined ? "" : signatureOf(secret, timestamp, body),
  };
  try {
    const answer = await fetch(url, {
      method: "POST",
      body,
      headers: { "Content-Type": "application/json", ...(secret === undefined ? {} : signed), ...headers },
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return { status: answer.status, isAccepted: answer.ok, text: await beginningOf(answer) };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return { status: undefined, isAccepted: false, text: errorText(cause) };
  }
}

async function beginningOf({ body, status }: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length >= MAX_ANSWER_CHARS) break;
  }
  return text.trim().slice(0, MAX_ANSWER_CHARS) || `status ${status}`;
}
