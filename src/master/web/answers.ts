// The answers that several routes give.
import type { Context } from "hono";
import { visitOf } from "./access/index.ts";
import type { Content } from "./markup.ts";
import { problemPage } from "./pages/index.ts";
import type { Site, WebEnv } from "./site.ts";

const titles = {
  400: "This cannot be read",
  403: "Not allowed",
  404: "Not found",
  409: "This cannot be done",
  413: "This is too long",
  415: "This cannot be read",
  421: "Another address is meant",
  500: "Something went wrong",
} as const;

export type ProblemStatus = keyof typeof titles;

export function problem(c: Context<WebEnv>, site: Site, told: { status: ProblemStatus; sentence: Content }) {
  return c.html(problemPage(visitOf(c, site), titles[told.status], told.sentence), told.status);
}

export function notFound(c: Context<WebEnv>, site: Site, what: string) {
  return problem(c, site, { status: 404, sentence: `There is no ${what} here, or no longer.` });
}
