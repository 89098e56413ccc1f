// What hono's handlers are given here besides the request: Node's own.
import type { HttpBindings } from "@hono/node-server";

export interface WebEnv {
  readonly Bindings: HttpBindings;
}
