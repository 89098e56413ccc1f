// Compares secrets, and hashes passwords with scrypt.
import { createHmac, randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** 32 MiB and about 0.1 seconds for each guess. */
const LOG_COST = 15;
const BLOCK_SIZE = 8;
const PARALLEL = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const HASHED = /^\$scrypt\$ln=(\d{1,2}),r=(\d),p=(\d)\$([\w+/]{16,86})\$([\w+/]{16,86})$/;
/** Larger costs could be a mistake that blocks the master. */
const MAX_LOG_COST = 20;

/** Constant-time comparison; takes as long when there is no secret. */
export function isSecret(guess: string, secret: string | undefined): boolean {
  const key = randomBytes(32);
  const digest = (text: string) => createHmac("sha256", key).update(text).digest();
  return timingSafeEqual(digest(guess), digest(secret ?? "")) && secret !== undefined;
}

/** The same for a password that is stored as it is, or as a hash from `hashOfPassword`. */
export async function isPassword(guess: string, stored: string | undefined): Promise<boolean> {
  const [, logCost, size, parallel, salt = "", hash = ""] = HASHED.exec(stored ?? "") ?? [];
  if (logCost === undefined || Number(logCost) > MAX_LOG_COST) return isSecret(guess, stored);
  const cost = { logCost: Number(logCost), size: Number(size), parallel: Number(parallel) };
  const guessed = await derived(guess, Buffer.from(salt, "base64"), cost);
  const expected = Buffer.from(hash, "base64");
  return expected.length === guessed.length && timingSafeEqual(guessed, expected);
}

/** In the PHC string format. */
export async function hashOfPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derived(password, salt, { logCost: LOG_COST, size: BLOCK_SIZE, parallel: PARALLEL });
  const text = (bytes: Buffer) => bytes.toString("base64").replace(/={1,2}$/, "");
  return `$scrypt$ln=${LOG_COST},r=${BLOCK_SIZE},p=${PARALLEL}$${text(salt)}$${text(hash)}`;
}

interface Cost {
  readonly logCost: number;
  readonly size: number;
  readonly parallel: number;
}

/** One at a time, since each takes much memory. */
let last: Promise<unknown> = Promise.resolve();

function derived(password: string, salt: Buffer, { logCost, size, parallel }: Cost): Promise<Buffer> {
  const options = { N: 2 ** logCost, r: size, p: parallel, maxmem: 2 * 128 * 2 ** logCost * size };
  const next = last.then(
    () =>
      new Promise<Buffer>((resolve, reject) => {
        scrypt(password, salt, HASH_BYTES, options, (error, key) => (error === null ? resolve(key) : reject(error)));
      }),
  );
  last = next.catch(() => {});
  return next;
}
