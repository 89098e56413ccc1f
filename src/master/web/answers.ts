// Responses shared by several routes.
import type { Context } from "hono";
import { visitOf } from "./access/index.ts";
import type { Content } from "./markup.ts";
import { problemPage } from "./pages/index.ts";
import type { Site, WebEnv } from "./site.ts";

const titles = {
  400: "Bad request",
  403: "Not allowed",
  404: "Not found",
  409: "Not possible",
  413: "Too long",
  415: "Bad request",
  421: "Wrong address",
  500: "Something went wrong",
} as const;

export type ProblemStatus = keyof typeof titles;

export function problem(c: Context<WebEnv>, site: Site, answer: { status: ProblemStatus; sentence: Content }) {
  return c.html(problemPage(visitOf(c, site), titles[answer.status], answer.sentence), answer.status);
}

export function notFound(c: Context<WebEnv>, site: Site, what: string) {
  return problem(c, site, { status: 404, sentence: `There is no ${what}, or it no longer exists.` });
}
