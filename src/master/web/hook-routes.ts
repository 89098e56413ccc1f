// Receives hooks: reads the body within limits, and passes it to the change sources, which verify it.
import type { Context, Hono, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
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
  const nameOf = (c: Context<WebEnv>) => nameOfSegment(c.req.param("name") ?? "");

  const admit: MiddlewareHandler<WebEnv> = async (c, next) => {
    if (hooks?.hasHook(nameOf(c)) !== true) return c.text("there is no such hook\n", 404);
    if (receiving >= MAX_RECEIVING) return later(c, "too many hooks at a time");
    receiving += 1;
    try {
      return await next();
    } finally {
      receiving -= 1;
    }
  };

  const limit = bodyLimit({
    maxSize: HOOK_LIMIT_BYTES,
    onError(c) {
      c.header("Connection", "close");
      logRefused(`hook '${nameOf(c)}' refused a message of more than ${HOOK_LIMIT_BYTES} bytes`);
      return c.text(`expected at most ${HOOK_LIMIT_BYTES} bytes\n`, 413);
    },
  });

  app.post("/hooks/:name", admit, limit, async (c) => {
    const body = Buffer.from(await c.req.arrayBuffer());
    try {
      const answer = hooks?.receive(nameOf(c), { header: (key) => c.req.header(key), body });
      const { status, sentence } = answer ?? { status: 404, sentence: "there is no such hook" };
      if (status >= 400) logRefused(`hook '${nameOf(c)}' refused a message: ${sentence}`);
      return c.text(`${sentence}\n`, status);
    } catch (error) {
      if (!masterErrors.storeWrite.is(error)) throw error;
      log(`hook '${nameOf(c)}' could not be recorded: ${error.message}`);
      return later(c, "the master cannot write to its database");
    }
  });
}

function later(c: Context<WebEnv>, why: string): Response {
  c.header("Retry-After", String(RETRY_SECONDS));
  return c.text(`${why}\n`, 503);
}
