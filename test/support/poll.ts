// Waits for what will come, but not for ever.

const DEADLINE_MS = 20_000;
const STEP_MS = 10;

/** Resolves to the first value that is not undefined or false; rejects with what was waited for after 20 seconds. */
export async function poll<Value>(
  what: string,
  probe: () => Value | undefined | false | Promise<Value | undefined | false>,
): Promise<Value> {
  const end = performance.now() + DEADLINE_MS;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`waited ${DEADLINE_MS / 1000} seconds in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}
