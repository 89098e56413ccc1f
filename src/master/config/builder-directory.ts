// The directory of a builder, relative to the base directory of its workers. Pure.

/** The configured directory, or the builder's name with special characters replaced. */
export function builderDirectory({
  name,
  directory,
}: {
  readonly name: string;
  readonly directory?: string | undefined;
}): string {
  if (directory !== undefined) return directory;
  const made = name.replaceAll(/[^\p{L}\p{N}._-]+/gu, "_");
  return /^\.{1,2}$/.test(made) ? "_" : made;
}
