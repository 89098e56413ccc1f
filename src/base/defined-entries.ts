// The entries of an object whose values are set. Pure.

export function definedEntries<Kinds extends object>(
  kinds: Kinds,
): readonly (readonly [key: string, value: NonNullable<Kinds[keyof Kinds]>])[] {
  return Object.entries(kinds).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
}
