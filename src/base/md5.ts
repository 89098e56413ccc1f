// MD5 (RFC 1321), which PB's login uses. Node.js does not offer it in FIPS mode, and a worker without TLS has no other use
// for its cryptography, which takes a megabyte, until it runs a command. It protects nothing else here.

const BLOCK_BYTES = 64;
const shifts = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
] as const;
const sines = Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));

/** The 16-byte digest. */
export function md5(bytes: Uint8Array): Uint8Array {
  const padded = pad(bytes);
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let at = 0; at < padded.length; at += BLOCK_BYTES) mix(state, padded, at);
  const digest = new Uint8Array(16);
  const view = new DataView(digest.buffer);
  for (const [i, word] of state.entries()) view.setUint32(i * 4, word >>> 0, true);
  return digest;
}

/** A 1 bit, zeros to 8 bytes short of a block, the length in bits. */
function pad(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / BLOCK_BYTES) * BLOCK_BYTES);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  new DataView(padded.buffer).setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n, true);
  return padded;
}

function mix(state: number[], padded: Uint8Array, at: number): void {
  const view = new DataView(padded.buffer, at, BLOCK_BYTES);
  let [a, b, c, d] = state as [number, number, number, number];
  for (let step = 0; step < 64; step += 1) {
    const round = step >> 4;
    const [f, word] = roundFunction(round, step, { b, c, d });
    const sum = (a + f + sines[step]! + view.getUint32(word * 4, true)) | 0;
    const shift = shifts[round]![step % 4]!;
    [a, d, c, b] = [d, c, b, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0];
  }
  [a, b, c, d].forEach((word, i) => {
    state[i] = (state[i]! + word) | 0;
  });
}

function roundFunction(
  round: number,
  step: number,
  { b, c, d }: { b: number; c: number; d: number },
): [number, number] {
  if (round === 0) return [(b & c) | (~b & d), step];
  if (round === 1) return [(d & b) | (~d & c), (5 * step + 1) % 16];
  if (round === 2) return [b ^ c ^ d, (3 * step + 5) % 16];
  return [c ^ (b | ~d), (7 * step) % 16];
}
