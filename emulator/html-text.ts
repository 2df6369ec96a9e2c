// HTML -> the text a reader would see, in one pass. No parser of the standard: tags end lines or vanish, what is never
// shown is left out, references are resolved. Whatever the page does wrong, each character is looked at a fixed number
// of times, so that a hostile page costs what a kind one of its length costs.

/** Their content is never shown, and ends only with their own end tag. */
const UNSEEN = /^(?:script|style|template|noscript|iframe|object|svg|math|head)$/;
const BLOCK =
  /^(?:address|article|aside|blockquote|br|caption|center|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|li|main|menu|nav|ol|option|p|pre|section|select|summary|table|tbody|tfoot|thead|title|tr|ul)$/;
const CELL = /^t[dh]$/;

export function htmlText(html: string): string {
  const pieces: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    if (open < 0) break;
    pieces.push(html.slice(at, open));
    const { kept, end } = readTag(html, open);
    pieces.push(kept);
    at = end;
  }
  pieces.push(html.slice(at));
  return tidy(resolveReferences(pieces.join("")));
}

interface Tag {
  /** What stands in the text in its place. */
  readonly kept: string;
  readonly end: number;
}

function readTag(html: string, open: number): Tag {
  const next = html[open + 1] ?? "";
  if (html.startsWith("<!--", open)) return { kept: " ", end: after(html, "-->", open + 4) };
  if (next === "!" || next === "?") return { kept: "", end: after(html, ">", open + 1) };
  const isEnd = next === "/";
  const from = open + (isEnd ? 2 : 1);
  if (!/[a-z]/i.test(html[from] ?? "")) return { kept: "<", end: open + 1 };
  let nameEnd = from;
  while (nameEnd < html.length && nameEnd - from < MAX_NAME && !/[\s/>]/.test(html[nameEnd] as string))
    nameEnd++;
  const name = html.slice(from, nameEnd).toLowerCase();
  const end = tagEnd(html, nameEnd);
  if (!isEnd && UNSEEN.test(name) && html[end - 2] !== "/") {
    return { kept: name === "head" ? titleOf(html, end) : " ", end: elementEnd(html, name, end) };
  }
  return { kept: BLOCK.test(name) ? "\n" : CELL.test(name) ? "\t" : "", end };
}

const MAX_NAME = 64;

function after(html: string, mark: string, from: number): number {
  const at = html.indexOf(mark, from);
  return at < 0 ? html.length : at + mark.length;
}

/** A quote hides `>` only where a value begins with it. */
function tagEnd(html: string, from: number): number {
  let before = "";
  for (let at = from; at < html.length; at++) {
    const char = html[at] as string;
    if (char === ">") return at + 1;
    if ((char === '"' || char === "'") && before === "=") {
      const close = html.indexOf(char, at + 1);
      if (close < 0) return html.length;
      at = close;
    }
    if (!/\s/.test(char)) before = char;
  }
  return html.length;
}

/** Searched from where the last one was found, so that the page is passed over once. */
function elementEnd(html: string, name: string, from: number): number {
  const mark = new RegExp(`</${name}(?=[\\s/>])`, "gi");
  mark.lastIndex = from;
  const found = mark.exec(html);
  return found === null ? html.length : tagEnd(html, found.index + found[0].length);
}

const MAX_HEAD = 64 * 1024;

function titleOf(html: string, from: number): string {
  const head = html.slice(from, Math.min(elementEnd(html, "head", from), from + MAX_HEAD));
  const open = head.search(/<title[\s>]/i);
  if (open < 0) return "\n";
  const start = tagEnd(head, open + 6);
  const close = head.indexOf("<", start);
  return `\n${head.slice(start, close < 0 ? head.length : close)}\n`;
}

const NAMED: ReadonlyMap<string, string> = /* @__PURE__ */ new Map(
  Object.entries({
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
    nbsp: " ",
    shy: "",
    copy: "©",
    reg: "®",
    trade: "™",
    hellip: "…",
    mdash: "—",
    ndash: "–",
    lsquo: "‘",
    rsquo: "’",
    ldquo: "“",
    rdquo: "”",
    laquo: "«",
    raquo: "»",
    bull: "•",
    middot: "·",
    euro: "€",
    pound: "£",
    yen: "¥",
    cent: "¢",
    sect: "§",
    para: "¶",
    deg: "°",
    plusmn: "±",
    times: "×",
    divide: "÷",
    szlig: "ß",
    auml: "ä",
    ouml: "ö",
    uuml: "ü",
    Auml: "Ä",
    Ouml: "Ö",
    Uuml: "Ü",
    eacute: "é",
    egrave: "è",
    ecirc: "ê",
    agrave: "à",
    aacute: "á",
    ccedil: "ç",
    ntilde: "ñ",
    oacute: "ó",
    iacute: "í",
    uacute: "ú",
  }),
);

const LAST_CODE_POINT = 0x10ffff;

function resolveReferences(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,8}));/g,
    (all, decimal, hex, name) => {
      if (name !== undefined) return NAMED.get(name) ?? all;
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      const isReal = code > 0 && code <= LAST_CODE_POINT && (code < 0xd800 || code > 0xdfff);
      return isReal ? String.fromCodePoint(code) : "\ufffd";
    },
  );
}

/** One space for spaces, at most one empty line, none at the ends. */
function tidy(text: string): string {
  const lines = text.split(/[\r\n]/).map((line) =>
    line
      .split(/[ \t\f\u00a0]+/)
      .join(" ")
      .trim(),
  );
  const kept = lines.filter((line, index) => line !== "" || lines[index - 1] !== "");
  return kept.join("\n").trim();
}
