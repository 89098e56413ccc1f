// Logs for browsers: windows of lines, and their markup.
export { lineMarkup } from "./line-markup.ts";
export { type LogWindow, logWindow } from "./window.ts";
