// Messages on a page after an action. The address has a key of this table, never a sentence.
import { type Content, markup } from "./markup.ts";

const notes = {
  forced: "Build queued.",
  rebuilt: "Rebuild queued.",
  cancelled: "Request cancelled.",
  "all-cancelled": "The queue is empty.",
  stopping: "Stopping the build.",
  "shutting-down": "The worker shuts down when its builds have ended.",
  "logged-in": "You are logged in.",
  "logged-out": "You are logged out.",
} as const;

export type Note = keyof typeof notes;

/** Adds a note to the path. */
export function withNote(path: string, note: Note): string {
  return `${path}${path.includes("?") ? "&" : "?"}note=${note}`;
}

export function noteMarkup(word: string | undefined): Content {
  const sentence = word !== undefined && Object.hasOwn(notes, word) ? notes[word as Note] : undefined;
  return sentence !== undefined && markup`<p class="note" role="status">${sentence}</p>`;
}
