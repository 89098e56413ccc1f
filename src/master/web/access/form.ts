// A form that was sent to us, once it is sure that a page of ours sent it.
import type { Context } from "hono";
import type { Site, WebEnv } from "../site.ts";
import { isOwnOrigin } from "./origins.ts";
import { visitorId } from "./visitor.ts";

const LONGEST_FORM_BYTES = 16 * 1024;
const FORM_TYPE = "application/x-www-form-urlencoded";

export type ReceivedForm =
  | { readonly fields: URLSearchParams; readonly visitorId: string }
  | { readonly status: 403 | 413 | 415; readonly refusal: string };

export async function receiveForm(c: Context<WebEnv>, site: Site): Promise<ReceivedForm> {
  if (c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() !== FORM_TYPE) {
    return { status: 415, refusal: `Forms are sent as ${FORM_TYPE}.` };
  }
  // Node reads no more than was announced; browsers announce it
  if (!(Number(c.req.header("content-length") ?? "none") <= LONGEST_FORM_BYTES)) {
    return { status: 413, refusal: "More was sent than any form here has." };
  }
  if (!isOwnOrigin(c.req.header("origin"), c.req.header("host"))) {
    return { status: 403, refusal: "This was not sent by a page of this master, so nothing was done." };
  }
  const fields = new URLSearchParams(await c.req.text());
  const id = visitorId(c);
  if (id === undefined || !site.sessions.isFormToken(id, fields.get("token") ?? "")) {
    return {
      status: 403,
      refusal:
        "The page that this was sent from is too old, so nothing was done. Load it again, and log in if it asks.",
    };
  }
  return { fields, visitorId: id };
}
