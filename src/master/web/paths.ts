// The addresses of the pages, made from names that may hold anything, and the names read back from them.

export const paths = {
  overview: "/",
  workers: "/workers",
  login: "/login",
  logout: "/logout",
  builder: (builder: string) => `/builders/${segment(builder)}`,
  build: (builder: string, number: number) => `${paths.builder(builder)}/builds/${number}`,
  log: (place: LogPlace) =>
    `${paths.build(place.builder, place.number)}/steps/${place.step}/logs/${segment(place.slug)}`,
  logText: (place: LogPlace) => `${paths.log(place)}/text`,
  worker: (worker: string) => `/workers/${segment(worker)}`,
  request: (id: number) => `/requests/${id}`,
} as const;

export interface LogPlace {
  readonly builder: string;
  readonly number: number;
  /** The step's number. */
  readonly step: number;
  readonly slug: string;
}

/** A browser takes `.` and `..` for a way through directories, however they are written; so such names get a `~`. */
function segment(name: string): string {
  return encodeURIComponent(/^[.~]/.test(name) ? `~${name}` : name.toWellFormed());
}

/** The name that a part of an address stands for, which is decoded already. */
export function nameOfSegment(segment: string): string {
  return segment.startsWith("~") ? segment.slice(1) : segment;
}
