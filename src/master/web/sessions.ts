// Login sessions. They are kept in memory, so a restart logs everybody out.
import { createHmac, randomBytes } from "node:crypto";
import type { Clock } from "../../base/clock.ts";
import { isSecret } from "../secret.ts";

/** Beyond that, the oldest session ends. */
const SESSIONS_AT_MOST = 100;
export const SESSION_LASTS_MS = 12 * 60 * 60 * 1000;
const ID_LENGTH_BYTES = 32;
/** ID_LENGTH_BYTES in base64url. */
const ID = /^[\w-]{43}$/;

export class Sessions {
  readonly #clock: Clock;
  readonly #endsAtMs = new Map<string, number>();
  readonly #tokenKey = randomBytes(32);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The id of a new session, which authenticates its visitor. */
  begin(): string {
    const oldest = this.#endsAtMs.keys().next();
    if (this.#endsAtMs.size >= SESSIONS_AT_MOST && oldest.done !== true) this.#endsAtMs.delete(oldest.value);
    const id = newVisitorId();
    this.#endsAtMs.set(id, this.#clock.nowMs() + SESSION_LASTS_MS);
    return id;
  }

  has(id: string): boolean {
    const endsAtMs = this.#endsAtMs.get(id);
    if (endsAtMs === undefined) return false;
    if (this.#clock.nowMs() < endsAtMs) return true;
    this.#endsAtMs.delete(id);
    return false;
  }

  end(id: string): void {
    this.#endsAtMs.delete(id);
  }

  /** The token in a visitor's forms, which other sites cannot know. */
  formToken(visitorId: string): string {
    return createHmac("sha256", this.#tokenKey).update(visitorId).digest("base64url");
  }

  isFormToken(visitorId: string, token: string): boolean {
    return isSecret(token, this.formToken(visitorId));
  }
}

/** Also used before the login, since the login form needs a token too. */
export function newVisitorId(): string {
  return randomBytes(ID_LENGTH_BYTES).toString("base64url");
}

export function isVisitorId(text: string): boolean {
  return ID.test(text);
}
