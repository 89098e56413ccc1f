// HTML as a value. Whatever text is put into it is escaped, and what hides in it is made visible: no page can forget to.
import { html } from "hono/html";
import { visibleText } from "./visible-text.ts";

/** Text that is HTML; only `markup` makes it. */
export type Markup = Exclude<ReturnType<typeof html>, Promise<unknown>>;

export type Content = string | number | Markup | undefined | false | readonly Content[];

/** A template whose values are escaped unless they are markup themselves; put attributes into double quotes. */
export function markup(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const made = html(strings, ...values.map(shown));
  if (made instanceof Promise) throw new TypeError("markup was given something to wait for");
  return made;
}

function shown(content: Content): Content {
  if (typeof content === "string") return visibleText(content);
  return Array.isArray(content) ? content.map(shown) : content;
}
