// Login sessions. They are kept in memory, so a restart logs everybody out, as does another password.
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
  readonly #password: () => string | undefined;
  readonly #begun = new Map<string, { readonly endsAtMs: number; readonly password: string | undefined }>();
  readonly #tokenKey = randomBytes(32);

  /** `password` is the one with which visitors log in now. */
  constructor(clock: Clock, password: () => string | undefined = () => undefined) {
    this.#clock = clock;
    this.#password = password;
  }

  /** The id of a new session, which authenticates its visitor. */
  begin(): string {
    const oldest = this.#begun.keys().next();
    if (this.#begun.size >= SESSIONS_AT_MOST && oldest.done !== true) this.#begun.delete(oldest.value);
    const id = newVisitorId();
    this.#begun.set(id, { endsAtMs: this.#clock.nowMs() + SESSION_LASTS_MS, password: this.#password() });
    return id;
  }

  has(id: string): boolean {
    const session = this.#begun.get(id);
    if (session === undefined) return false;
    if (this.#clock.nowMs() < session.endsAtMs && session.password === this.#password()) return true;
    this.#begun.delete(id);
    return false;
  }

  end(id: string): void {
    this.#begun.delete(id);
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
