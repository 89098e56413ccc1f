// Logs for browsers: windows of lines, and their HTML.
export { lineMarkup } from "./line-markup.ts";
export { type LogWindow, logWindow } from "./window.ts";
