// Answers whose form matters: tables, lists, and one page with everything a renderer has to know.

import type { Conversation } from "./answer.ts";
import { excerpt, keywords } from "./answer-prose.ts";

/** "a table of apples, pears and plums": the things named become the rows. */
function namedItems(text: string): string[] {
  const tail = /\b(?:of|for|about|comparing|compare|between|with)\b\s+([\s\S]{3,300})/i.exec(text)?.[1];
  if (tail === undefined) return [];
  const items = tail
    .split(/,|;|\band\b|\bversus\b|\bvs\.?|&|\n/i)
    .map((item) => item.replace(/[.?!:]+\s*$/, "").trim())
    .filter((item) => item !== "" && item.length <= 40);
  return items.length > 1 ? items.slice(0, 12) : [];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A cell must not end early: a pipe is escaped. */
function cell(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("|", "\\|");
}

export function tableAnswer({ text, random }: Conversation): string {
  const items = namedItems(text);
  if (items.length === 0) {
    return `Here is a table of the four parts of Latchkey:

| Part | Folder | Runs in | Holds keys |
| :--- | :----- | :------ | :--------: |
| Client | \`src/\` | browsers, Deno, Bun, Node, Workers | no |
| Proxy | \`worker/\` | Cloudflare Workers | **yes** |
| Emulator | \`emulator/\` | anywhere fetch does | no |
| Demo | \`demo/\` | your browser | no |

Name some things, as in “a table of apples, pears and plums”, and they become the rows.`;
  }
  const rows = items.map((item) => {
    const score = 60 + Math.floor(random() * 40);
    const share = (5 + random() * 90).toFixed(1);
    return `| ${cell(capital(item))} | ${item.length} | ${score} | ${share} % |`;
  });
  return `Here is the table you asked for, with ${items.length} rows:

| Name | Letters | Score | Share |
| :--- | ------: | ----: | ----: |
${rows.join("\n")}

The letters are counted; score and share are made up, the same for the same question every time.`;
}

const NUMBER_WORDS = [
  "zero",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
  "eleven",
  "twelve",
];
const POINTS = [
  ["Start small", "one case that works end to end says more than ten that almost do"],
  ["Measure first", "a number written down before the change is worth two after it"],
  ["Name things well", "a good name saves a paragraph of comment"],
  ["Ask who is affected", "the answer decides how careful you have to be"],
  ["Write the failing case", "it is the shortest description of the problem"],
  ["Leave a trail", "the next reader is often you, and has forgotten everything"],
  ["Remove what is unused", "nothing is easier to maintain than what is not there"],
  ["Check the edges", "empty, one, many, too many"],
  ["Agree on the end", "without it, done means something else to everyone"],
  ["Sleep on it", "the second idea is frequently the better one"],
] as const;

export function listAnswer({ text, random }: Conversation): string {
  const asked = /\b(\d{1,3})\b/.exec(text)?.[1];
  const word = NUMBER_WORDS.findIndex((name) => new RegExp(`\\b${name}\\b`, "i").test(text));
  const count = Math.min(50, Math.max(1, asked !== undefined ? Number(asked) : word > 0 ? word : 5));
  const topic = keywords(
    text.replace(/\b(?:list|bullets?|points|steps|checklist|ideas|tips|reasons)\b/gi, ""),
    4,
  )
    .filter((name) => !NUMBER_WORDS.includes(name.toLowerCase()))
    .join(" ");
  const ordered = /\b(?:steps|numbered|ordered|checklist)\b/i.test(text);
  const first = Math.floor(random() * POINTS.length);
  const lines = Array.from({ length: count }, (_, index) => {
    const [title, reason] = POINTS[(first + index) % POINTS.length] as (typeof POINTS)[number];
    return `${ordered ? `${index + 1}.` : "-"} **${title}**: ${reason}.`;
  });
  const about = topic === "" ? "" : ` about ${excerpt(topic, 60)}`;
  return `Here ${count === 1 ? "is one point" : `are ${count} points`}${about}:\n\n${lines.join("\n")}`;
}

export function showcase(): string {
  return `# Everything at once

A paragraph with **bold**, *italic*, ***both***, ~~struck~~, \`inline code\` and a [link](https://example.com/ "Example").
A line break with two spaces at its end:${"  "}
and the next line. Escapes: \\*not italic\\*, &amp;, &copy;, 5 &lt; 6.

## Lists

1. First
2. Second
   - nested
     - deeper
3. Third

- [x] a task that is done
- [ ] a task that is not

## Quote

> A quote over
> two lines.
>
> > And one inside it.

## Code

\`\`\`ts
const stream = await client.complete({ messages, stream: true });
for await (const text of stream.text()) write(text);
\`\`\`

    indented code

## Table

| Left | Centre | Right |
| :--- | :----: | ----: |
| a | b | 1 |
| \`c\` | **d** | 2,000 |
| escaped \\| pipe | é 你好 👋 | 3 |

## Images and HTML

![A picture that a careful page does not load](https://example.invalid/pixel.png)

<b>Raw HTML</b> should appear as text or not at all: <img src=x onerror="alert(1)"> <script>alert(2)</script>

---

Term with a footnote[^1] and an autolink: https://example.com/path?query=1&other=2.

[^1]: The footnote.
`;
}
