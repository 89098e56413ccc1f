// What a page says after something was done from it. The address has a word of this table, never a sentence.
import { type Content, markup } from "./markup.ts";

const notes: Readonly<Record<string, string>> = {
  forced: "The build is asked for. It starts as soon as a worker is free.",
  rebuilt: "The build is asked for again. It starts as soon as a worker is free.",
  cancelled: "The waiting build is cancelled.",
  stopping: "The build is told to stop.",
  "shutting-down": "The worker is told to end when its builds have.",
  "logged-in": "You are logged in.",
  "logged-out": "You are logged out.",
};

export type Note = "forced" | "rebuilt" | "cancelled" | "stopping" | "shutting-down" | "logged-in" | "logged-out";

/** The path with a note for the page that it leads to. */
export function withNote(path: string, note: Note): string {
  return `${path}${path.includes("?") ? "&" : "?"}note=${note}`;
}

export function noteMarkup(word: string | undefined): Content {
  const sentence = word !== undefined && Object.hasOwn(notes, word) ? notes[word] : undefined;
  return sentence !== undefined && markup`<p class="note" role="status">${sentence}</p>`;
}
