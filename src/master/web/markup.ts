// HTML as a value. All text in it is escaped, and invisible characters are made visible, so no page can forget to.
import { html } from "hono/html";
import { visibleText } from "./visible-text.ts";

/** HTML text; only `markup` creates it. */
export type Markup = Exclude<ReturnType<typeof html>, Promise<unknown>>;

export type Content = string | number | Markup | undefined | false | readonly Content[];

/** A template whose values are escaped unless they are markup themselves; put attributes into double quotes. */
export function markup(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const made = html(strings, ...values.map(shown));
  if (made instanceof Promise) throw new TypeError("markup got a promise");
  return made;
}

function shown(content: Content): Content {
  if (typeof content === "string") return visibleText(content);
  return Array.isArray(content) ? content.map(shown) : content;
}
