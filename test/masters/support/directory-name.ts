// Names of directories and builders for cases, which are named by sentences.

/** Lower-case words of ASCII with dashes between them. */
export function directoryName(sentence: string): string {
  return sentence
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}
