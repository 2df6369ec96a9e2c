// Answers in plain paragraphs: greetings, what was said before, images, a given number of words, and the default.

import type { Conversation } from "./answer.ts";
import { pick, type Random } from "./random.ts";

export function greetingAnswer({ model, random }: Conversation): string {
  const opening = pick(random, ["Hello!", "Hi there!", "Hello, good to see you."]);
  return `${opening} I'm the Latchkey emulator, answering as **${model}**. Everything between us is real, the page, the proxy and the stream; only the model isn't.

A few things to try:

- \`write a Python function that reverses a string\` for a code block
- \`a table of apples, pears and plums\` for a table
- \`tell me about lighthouses in 300 words\` for a longer stream
- \`show me all your markdown\` for everything the page can render`;
}

export function farewellAnswer({ random, earlier }: Conversation): string {
  const count = earlier.length;
  const past = count === 0 ? "" : ` That was ${count + 1} messages, each streamed token by token.`;
  return `${pick(random, ["You're welcome!", "Any time!", "Happy to help!"])}${past} When you want a real model behind the same page, fill \`.dev.vars\` and start again.`;
}

/** "What's my name", "what did I just say": answered from the conversation, as a user tests a chat's memory. */
export function memoryAnswer({ text, earlier }: Conversation): string | undefined {
  if (/\bwhat(?:'s| is|s) my name\b|\bwho am i\b/i.test(text)) {
    for (const message of earlier.toReversed()) {
      const name = /\b(?:my name is|call me|i am called)\s+([\p{L}][\p{L}'-]*)/iu.exec(message)?.[1];
      if (name !== undefined) return `Your name is ${name}; you told me earlier in this conversation.`;
    }
    return "You haven't told me your name yet. Say “my name is …” and ask again.";
  }
  if (
    /\bwhat (?:did|have) i\b.{0,80}\b(?:say|said|ask|asked|write|written|tell|told)\b|\bmy (?:last|previous|first) (?:message|question)\b/i.test(
      text,
    )
  ) {
    if (earlier.length === 0) return "This is your first message, so there is nothing before it.";
    const wanted = /\bfirst\b/i.test(text) ? earlier[0] : earlier.at(-1);
    return `You wrote:\n\n> ${(wanted ?? "").replaceAll("\n", "\n> ")}`;
  }
  const name = /^\W*(?:hi,? |hello,? )?(?:my name is|call me)\s+([\p{L}][\p{L}'-]*)\W*$/iu.exec(text)?.[1];
  return name === undefined
    ? undefined
    : `Nice to meet you, ${name}. I'll remember that for the rest of this conversation.`;
}

export function imagesAnswer({ images, audioParts, text }: Conversation): string {
  const lines = images.map(({ detail, source }, index) => {
    const what =
      source.kind === "data"
        ? `${source.mediaType}, ${sizeText(source.bytes)}, sent in the message itself`
        : `a link to ${source.host}, which I did not follow`;
    return `${index + 1}. ${what}; detail \`${detail}\``;
  });
  const parts: string[] = [];
  if (images.length > 0) parts.push(`${images.length} image${images.length === 1 ? "" : "s"}`);
  if (audioParts > 0) parts.push(`${audioParts} recording${audioParts === 1 ? "" : "s"}`);
  const question =
    text === ""
      ? ""
      : `\n\nYou asked: “${excerpt(text, 120)}”. A real model would look before answering; I can only tell you that everything arrived.`;
  const list = lines.length === 0 ? "" : `:\n\n${lines.join("\n")}`;
  return `I received ${parts.join(" and ")}${list}${question}`;
}

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / (1024 * 1024)).toFixed(1)} MiB`;
}

const SMALL_WORDS = new Set(
  "a am an and any are as at be but by can could do does for from give have how i if in into is it its just let like make me my of on or please should show so some tell than that the them then there these they this to up us was we were what when where which who why will with words word would write you your about explain describe go get got need want know think more most much many good best what's it's i'm don't really very also too".split(
    " ",
  ),
);

/** The words the user probably cares about, first come first, at most `limit`. */
export function keywords(text: string, limit: number): string[] {
  const seen = new Set<string>();
  for (const word of text.match(/[\p{L}][\p{L}\p{N}'-]*/gu) ?? []) {
    if (!SMALL_WORDS.has(word.toLowerCase()) && word.length > 1) seen.add(word);
    if (seen.size === limit) break;
  }
  return [...seen];
}

export function excerpt(text: string, length: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= length ? line : `${line.slice(0, length).trimEnd()}…`;
}

type Sentence = (topic: string) => string;
const SENTENCES: readonly [Sentence, ...Sentence[]] = [
  (topic) =>
    `People who look closely at ${topic} soon find that the small details carry most of the meaning.`,
  () => "A good first step is to name what is known, then what is only assumed.",
  (topic) => `There is a long history behind ${topic}, and very little of it went in a straight line.`,
  () => "The obvious answer is often right, but it is worth asking what it leaves out.",
  (topic) => `Anyone new to ${topic} does well to begin with one concrete example and follow it to the end.`,
  () => "Numbers help here: a rough estimate on paper beats a confident guess.",
  (topic) =>
    `What surprises most visitors to ${topic} is how much depends on patience and how little on talent.`,
  () => "Seen from a distance the parts look alike; side by side they could hardly differ more.",
  (topic) => `Two traditions disagree about ${topic}, and both have kept good records of why.`,
  () => "It pays to write things down early, while the questions are still simple.",
  (topic) => `Even so, ${topic} rewards a slow second look more than a hurried first one.`,
  () => "None of this needs special tools; a notebook and a free afternoon are enough.",
];

/** The n-th has n words: an ending for every remainder that is shorter than a whole sentence. */
export const CLOSINGS: readonly string[] = [
  "Enough.",
  "That's all.",
  "That is enough.",
  "That is the end.",
  "That is all for now.",
  "And that is all for now.",
  "And that is where this can end.",
  "And that is a good place to end.",
  "And so that is a good place to end.",
  "And for now that is a good place to end.",
  "And for now that is a good place to stop reading.",
  "And for now that is a very good place to stop reading.",
];

/** Sentences in an order of their own, every one once before any comes again. */
function* deal(random: Random): Generator<Sentence, never> {
  for (;;) {
    const deck = [...SENTENCES];
    while (deck.length > 0) yield* deck.splice(Math.floor(random() * deck.length), 1);
  }
}

/** Exactly `count` words (as split by white space), in sentences and paragraphs. */
export function wordsAnswer({ text, random }: Conversation, count: number): string {
  const asked = text.replace(/\b\d[\d,]{0,12}[- ]words?\b/i, "");
  const topic = keywords(asked, 2).join(" ").toLowerCase() || "this subject";
  const paragraphs: string[] = [];
  const sentences: string[] = [];
  let left = count;
  const sentencesInOrder = deal(random);
  while (left > CLOSINGS.length) {
    const sentence = sentencesInOrder.next().value(topic);
    const length = sentence.split(" ").length;
    if (length > left) continue;
    left -= length;
    sentences.push(sentence);
    if (sentences.length >= 4 && random() < 0.5) paragraphs.push(sentences.splice(0).join(" "));
  }
  const closing = CLOSINGS[left - 1];
  if (closing !== undefined) sentences.push(closing);
  if (sentences.length > 0) paragraphs.push(sentences.join(" "));
  return paragraphs.join("\n\n");
}

export function plainAnswer({ text, earlier, model, random }: Conversation): string {
  if (text === "") return "Your message was empty, so here is an equally short answer. Ask me anything.";
  const topics = keywords(text, 3);
  const named = topics.length === 0 ? "what you wrote" : topics.map((topic) => `*${topic}*`).join(", ");
  const opening = pick(random, ["Good question.", "Let's look at that.", "Happy to think along."]);
  const before = earlier.at(-1);
  const link =
    before === undefined
      ? ""
      : ` It follows on from what you wrote before, “${excerpt(before, 60)}”, so I keep both in mind.`;
  const topic = (topics[0] ?? "a question like this").toLowerCase();
  const thoughts = wordsOf(random, topic);
  return `${opening} You wrote: “${excerpt(text, 160)}”. The part that matters most seems to be ${named}.${link}

${thoughts}

I should be honest about who is talking: I'm the **Latchkey emulator** standing in for ${model}. I match words and do not understand them, but the stream, the headers, the token counts and the errors are those of the real service. To hear from a real model, put your endpoint and key into \`.dev.vars\` and run \`npm start\` again; nothing in the page has to change.`;
}

function wordsOf(random: Random, topic: string): string {
  const first = Math.floor(random() * SENTENCES.length);
  // 5 and 12 share no factor, so three steps never meet.
  return [0, 5, 10]
    .map((step) => (SENTENCES[(first + step) % SENTENCES.length] as Sentence)(topic))
    .join(" ");
}
