// The licences of all that is in an artifact, as one text.

const RULE = `\n${"-".repeat(78)}\n\n`;

/** `own` is the text of Buildhand's; each of the others has a name, a version, the licence's name, and its text. */
export function licenceText(own, others) {
  const list = others.map(({ name, version, licence }) => `  ${name} ${version}: ${licence}`);
  return [
    `Buildhand:\n\n${own.trim()}\n`,
    `With it come, under licences of their own:\n\n${list.join("\n")}\n`,
    ...others.map(({ name, version, licence, text }) => `${name} ${version} (${licence}):\n\n${text.trim()}\n`),
  ].join(RULE);
}
