// What shows that the peer holds a secret, without sending it.
import { createHmac, timingSafeEqual } from "node:crypto";
import { encodeFrame, type FrameOf } from "./frames.ts";

/** The first bytes of a relay: name and version of the protocol. */
export const MAGIC = Buffer.from("BHT1");
const NO_PROOF = Buffer.alloc(32);

type Opening = FrameOf<"new"> | FrameOf<"resume">;

/** `key`: for a new session the key that all workers of the relay share, later the secret of the session. */
export function proven<F extends Opening>(frame: F, key: Uint8Array, nonce: Uint8Array): F {
  return { ...frame, proof: proofOf(frame, key, nonce) };
}

export function isProven(frame: Opening, key: Uint8Array, nonce: Uint8Array): boolean {
  return timingSafeEqual(proofOf(frame, key, nonce), frame.proof);
}

function proofOf(frame: Opening, key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const hash = createHmac("sha256", key).update(nonce);
  for (const piece of encodeFrame({ ...frame, proof: NO_PROOF })) hash.update(piece);
  return hash.digest();
}
