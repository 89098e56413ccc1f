import { appendFileSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { FollowedFile } from "../../../src/process/log-files/log-tail.ts";

type Act = { readonly append: Uint8Array } | "poll" | "piece" | "rotated";

const acts = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 30 }).map((append): Act => ({ append })) },
    { weight: 2, arbitrary: fc.constantFrom<Act>("poll", "piece") },
    { weight: 1, arbitrary: fc.constant<Act>("rotated") },
  ),
  { maxLength: 40 },
);

/** Performs the acts and a last poll. What was there before the first act is `before`. */
async function given(before: Uint8Array | undefined, follow: boolean, sequence: readonly Act[]) {
  const directory = mkdtempSync(join(tmpdir(), "buildhand-tail-"));
  const path = join(directory, "a.log");
  const tail = new FollowedFile({ path, follow });
  const buffer = Buffer.alloc(7);
  const received: Buffer[] = [];
  const written: Uint8Array[] = [];
  // A file that loses its name before it was seen to change is never read.
  let seen = false;
  const readPiece = async () => {
    const bytes = await tail.read(buffer);
    if (bytes !== undefined) received.push(Buffer.from(bytes));
    return bytes !== undefined;
  };
  const poll = async () => {
    await tail.look();
    while (await readPiece());
    seen = written.length > 0 && existsSync(path);
  };
  try {
    if (before !== undefined) appendFileSync(path, before);
    await tail.remember();
    for (const [count, act] of sequence.entries()) {
      if (act === "poll") await poll();
      else if (act === "piece") await readPiece();
      else if (act !== "rotated") {
        appendFileSync(path, act.append);
        written.push(act.append);
      } else if (seen) {
        seen = false;
        renameSync(path, `${path}.${count}`);
      }
    }
    await poll();
    return { received: Buffer.concat(received), written: Buffer.concat(written) };
  } finally {
    await tail.close();
    rmSync(directory, { recursive: true });
  }
}

it("gives every byte once and in order, whatever appends, looks and pieces follow each other", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.option(fc.uint8Array({ maxLength: 20 }), { nil: undefined }),
      acts,
      async (before, sequence) => {
        const { received, written } = await given(before, false, sequence);
        const whole = written.length > 0 ? Buffer.concat([before ?? Buffer.alloc(0), written]) : written;
        expect(received.equals(whole)).toBe(true);
      },
    ),
  );
});

it("gives every byte that was added to a file that is followed, and no other", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 20 }), acts, async (before, sequence) => {
      const { received, written } = await given(before, true, sequence);
      expect(received.equals(written)).toBe(true);
    }),
  );
});
