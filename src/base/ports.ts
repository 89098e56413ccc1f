export const LARGEST_PORT = 65_535;
