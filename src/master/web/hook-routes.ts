// Receives hooks: reads the body within limits, and passes it to the change sources, which verify it.
import type { IncomingMessage } from "node:http";
import type { Hono } from "hono";
import { masterErrors } from "../errors.ts";
import { rateLimited } from "../rate-limited.ts";
import { HOOK_LIMIT_BYTES } from "../sources/index.ts";
import { nameOfSegment } from "./paths.ts";
import type { Site, WebEnv } from "./site.ts";

/** Bodies that are received at a time, since each takes memory. */
const MAX_RECEIVING = 8;
const RETRY_SECONDS = 10;

export function addHookRoutes(app: Hono<WebEnv>, { hooks, log, clock }: Site): void {
  let receiving = 0;
  // Anybody who reaches the page can send what is refused.
  const logRefused = rateLimited("hooks", log, clock);

  app.post("/hooks/:name", async (c) => {
    const name = nameOfSegment(c.req.param("name"));
    if (hooks === undefined || name === undefined || !hooks.hasHook(name))
      return c.text("there is no such hook\n", 404);
    if (receiving >= MAX_RECEIVING) {
      c.header("Retry-After", String(RETRY_SECONDS));
      return c.text("too many hooks at a time\n", 503);
    }
    receiving += 1;
    try {
      const body = await bodyOf(c.env.incoming, HOOK_LIMIT_BYTES);
      if (body === undefined) {
        c.header("Connection", "close");
        logRefused(`hook '${name}' refused a message of more than ${HOOK_LIMIT_BYTES} bytes`);
        return c.text(`expected at most ${HOOK_LIMIT_BYTES} bytes\n`, 413);
      }
      const { status, sentence } = hooks.receive(name, { header: (key) => c.req.header(key), body });
      if (status >= 400) logRefused(`hook '${name}' refused a message: ${sentence}`);
      return c.text(`${sentence}\n`, status);
    } catch (error) {
      if (!masterErrors.storeWrite.is(error)) throw error;
      log(`hook '${name}' could not be recorded: ${error.message}`);
      c.header("Retry-After", String(RETRY_SECONDS));
      return c.text("the master cannot write to its database\n", 503);
    } finally {
      receiving -= 1;
    }
  });
}

/** Undefined if it is longer; the rest is not read then. Rejects if the sender disconnects. */
function bodyOf(incoming: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  if (Number(incoming.headers["content-length"] ?? 0) > limitBytes) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limitBytes) chunks.push(chunk);
      else resolve(undefined);
    });
    incoming.once("end", () => resolve(Buffer.concat(chunks)));
    incoming.once("error", reject);
    incoming.once("close", () => reject(new Error("the sender has disconnected")));
  });
}
