// Waits for what will come, but not for ever.

const DEADLINE_MS = 60_000;
const STEP_MS = 10;

/** Resolves to the first value that is not undefined or false; rejects with what was waited for after the deadline. */
export async function poll<Value>(
  what: string,
  probe: () => Value | undefined | false | Promise<Value | undefined | false>,
  deadlineMs = DEADLINE_MS,
): Promise<Value> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`waited ${deadlineMs / 1000} seconds in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}
