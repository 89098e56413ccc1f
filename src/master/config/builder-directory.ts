// The directory of a builder below the base directory of its workers. Pure.

/** As it was set, or the name with what a directory's name should not have replaced. */
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
