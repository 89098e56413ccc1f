// Compares secrets.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Constant-time comparison; takes as long when there is no secret. */
export function isSecret(guess: string, secret: string | undefined): boolean {
  const key = randomBytes(32);
  const digest = (text: string) => createHmac("sha256", key).update(text).digest();
  return timingSafeEqual(digest(guess), digest(secret ?? "")) && secret !== undefined;
}
