// Loading Unicode's tables takes V8 longer than a worker needs to read its settings, so text that is ASCII does without.

export function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}
