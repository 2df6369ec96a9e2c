/** The words of answers: Markdown as models write it, a token a word. */

const SENTENCE =
  "The **quick** brown fox jumps over the `lazy` dog, and [nobody](https://example.com/) minds it at all.";
const PARTS = [
  "## A heading over some sentences\n\n",
  `${SENTENCE} ${SENTENCE} ${SENTENCE}\n\n`,
  `- ${SENTENCE}\n- ${SENTENCE}\n- ${SENTENCE}\n\n`,
  "```ts\nexport function add(one: number, other: number): number {\n  return one + other;\n}\n```\n\n",
  "| name | figure | note |\n| --- | --- | --- |\n| one | 1 | the first |\n| two | 2 | the second |\n\n",
  `> ${SENTENCE}\n\n${SENTENCE} ${SENTENCE}\n\n`,
];

/** By this a page is known to show the end of an answer. */
export const LAST_WORDS = "These-are-the-last-words";

/** So many tokens, the last of which is {@link LAST_WORDS} in a paragraph of its own. */
export function tokensOf(count: number): string[] {
  const tokens: string[] = [];
  for (let part = 0; tokens.length < count - 1; part++) {
    tokens.push(...PARTS[part % PARTS.length]!.split(/(?<=\s)(?=\S)/));
  }
  return [...tokens.slice(0, count - 1), `\n\n\`\`\`\n\n${LAST_WORDS}`];
}

/** A conversation of short questions and answers of some lines. */
export function conversationOf(messages: number): string[] {
  return Array.from({ length: messages }, (_, index) => {
    if (index % 2 === 0) return `Question ${index / 2 + 1}: what of it?`;
    const words = `${PARTS[1]}${PARTS[2 + (index % 4)]}`;
    return index === messages - 1 ? `${words}${LAST_WORDS}` : words;
  });
}
