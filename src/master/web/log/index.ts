// Logs for browsers: windows of lines, their HTML, and search.
export { isErrorLine } from "./error-lines.ts";
export { foldedLines } from "./folded-lines.ts";
export { lineMarkup } from "./line-markup.ts";
export { unstyledText } from "./pen.ts";
export { type LogMatches, MATCHES_AT_MOST, searchLog } from "./search.ts";
export { LINES_BEFORE, type LogWindow, logTail, logWindow, renderLines } from "./window.ts";
