// Receives a form, if it was sent by one of our pages.
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
    return { status: 415, refusal: `Forms must be sent as ${FORM_TYPE}.` };
  }
  // Node reads no more than the announced length, which browsers always send
  if (!(Number(c.req.header("content-length") ?? "none") <= LONGEST_FORM_BYTES)) {
    return { status: 413, refusal: "The form is too long." };
  }
  if (!isOwnOrigin(c.req.header("origin"), c.req.header("host"), site.config())) {
    return { status: 403, refusal: "This form was not sent by a page of this master. Nothing was changed." };
  }
  const fields = new URLSearchParams(await c.req.text());
  const id = visitorId(c);
  if (id === undefined || !site.sessions.isFormToken(id, fields.get("token") ?? "")) {
    return {
      status: 403,
      refusal: "The form has expired. Nothing was changed. Reload the page, log in if needed, and try again.",
    };
  }
  return { fields, visitorId: id };
}
