// What TCP says of ports.

export const LARGEST_PORT = 65_535;
