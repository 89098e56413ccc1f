// Logs for browsers: windows of lines, their markup, and live text.
export { lineMarkup } from "./line-markup.ts";
export { logTextStream } from "./text-stream.ts";
export { type LogWindow, logWindow } from "./window.ts";
