// The sixteen colours of logs. The style sheet has readable tones of each for light and dark; any other colour is shown
// as the nearest of them.

type Rgb = readonly [red: number, green: number, blue: number];

/** xterm's colours; the style sheet's tones differ. */
const SIXTEEN: readonly Rgb[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];
const CUBE_FROM = 16;
const GREYS_FROM = 232;
const CUBE_LEVELS = [0, 95, 135, 175, 215, 255] as const;

/** The nearest of the sixteen for a number of the 256-colour palette; undefined for other numbers. */
export function nearestOfPalette(number: number): number | undefined {
  if (!Number.isInteger(number) || number < 0 || number > 255) return undefined;
  if (number < CUBE_FROM) return number;
  if (number >= GREYS_FROM) {
    const grey = 8 + 10 * (number - GREYS_FROM);
    return nearest([grey, grey, grey]);
  }
  const place = number - CUBE_FROM;
  const level = (index: number) => CUBE_LEVELS[index % 6] ?? 0;
  return nearest([level(Math.floor(place / 36)), level(Math.floor(place / 6)), level(place)]);
}

/** The nearest of the sixteen for an RGB colour; undefined if a component is out of range. */
export function nearest(colour: Rgb): number | undefined {
  if (!colour.every((part) => part >= 0 && part <= 255)) return undefined;
  const distances = SIXTEEN.map((known) => known.reduce((sum, part, i) => sum + (part - (colour[i] ?? 0)) ** 2, 0));
  return distances.indexOf(Math.min(...distances));
}
