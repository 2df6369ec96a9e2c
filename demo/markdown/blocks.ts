// Cuts an answer into top-level blocks while it arrives: pure, immutable, one line at a time.
// A finished block never changes again, so the page lexes and renders it once. Cuts are made only where both
// sides mean the same apart (a blank line outside lists and fences), and never depend on how the text was split
// into deltas: any split ends in the same blocks as one shot. Everything a model can make large has a bound here;
// past it the text is still shown, as plain slices. What a block contains is lexer.ts's business.

export type BlockKind = "markdown" | "code" | "image" | "plain";

export interface Block {
  readonly kind: BlockKind;
  /** Offset in the answer where the block starts: unique, and stable while the block grows. */
  readonly start: number;
  /** Markdown source, the inside of a fence, the address of an image, or a slice of plain text. */
  readonly text: string;
  /** Info string of a fence, description of an image, "" for the others. */
  readonly info: string;
  /** False for a fence that is not closed yet. */
  readonly complete: boolean;
}

interface Fence {
  readonly character: string;
  readonly length: number;
  readonly indent: number;
}

interface OpenBlock extends Omit<Block, "complete"> {
  readonly fence: Fence | null;
  /** Lists and indented code go on after a blank line; null for blocks that end there. */
  readonly goesOn: "list" | "indented" | null;
  readonly blankSeen: boolean;
}

export interface AnswerBlocks {
  readonly finished: readonly Block[];
  readonly open: OpenBlock | null;
  /** The last line, not ended yet. */
  readonly line: string;
  /** Offset in the answer where `line` starts. */
  readonly lineStart: number;
  /** Of the text so far, what images took, which the bound of formatted text does not count. */
  readonly imageChars: number;
  /** Set once a bound was passed: from there on nothing is interpreted. */
  readonly plain: boolean;
  /** A CR at the end of a delta may be half of a CRLF. */
  readonly heldReturn: boolean;
}

/** Markdown handed to the lexer in one piece; its cost per frame grows with this (measured: 16 KiB stay < 40 ms). */
export const MAX_MARKDOWN_BLOCK_CHARS = 16_384;
/** Formatted part of one answer: about 60,000 tokens, three times the longest answers models give today. */
export const MAX_FORMATTED_CHARS = 262_144;
export const MAX_FORMATTED_BLOCKS = 2_000;
/** An image in its own line, as a data: URL: about 3 MB of picture. */
export const MAX_IMAGE_LINE_CHARS = 4_194_304;
/** All images of one answer. */
export const MAX_IMAGE_CHARS = 16_777_216;
/** Small enough that the browser can skip laying out slices that are off screen. */
export const PLAIN_SLICE_CHARS = 16_384;

export const noBlocks: AnswerBlocks = {
  finished: [],
  open: null,
  line: "",
  lineStart: 0,
  imageChars: 0,
  plain: false,
  heldReturn: false,
};

type Draft = { -readonly [Key in keyof AnswerBlocks]: AnswerBlocks[Key] } & { finished: Block[] };

const FENCE_OPENS = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})(.*)$/;
const LIST_ITEM = /^ {0,3}(?:[*+-]|\d{1,9}[.)])(?:[ \t]|$)/;
const BLANK = /^[ \t]*$/;
// Pixels only: no SVG, which is a document.
const IMAGE_OPENS = /^!\[([^\]]{0,200})\]\((data:image\/(?:png|jpeg|gif|webp);base64,)/;
const IMAGE_REST = /^[A-Za-z0-9+/]+={0,2}\)[ \t]*$/;

export function appendText(answer: AnswerBlocks, text: string): AnswerBlocks {
  if (text === "") return answer;
  const draft: Draft = { ...answer, finished: [...answer.finished] };
  let input = draft.heldReturn ? `\r${text}` : text;
  draft.heldReturn = input.endsWith("\r");
  if (draft.heldReturn) input = input.slice(0, -1);
  input = input.replace(/\r\n?/g, "\n");

  let from = 0;
  while (!draft.plain) {
    const end = input.indexOf("\n", from);
    if (end === -1) break;
    const line = draft.line + input.slice(from, end);
    takeLine(draft, line);
    if (draft.plain) break;
    draft.line = "";
    draft.lineStart += line.length + 1;
    from = end + 1;
  }
  draft.line += input.slice(from);
  // A line that can never fit needs not end before that is known.
  if (!draft.plain && lineIsTooLong(draft, draft.line)) startPlain(draft);
  if (draft.plain) takePlain(draft);
  return draft;
}

/** The blocks as they stand. `streaming` hides a last line that may still turn into a closing fence. */
export function blocksOf(answer: AnswerBlocks, streaming = false): readonly Block[] {
  const draft: Draft = { ...answer, finished: [...answer.finished] };
  if (draft.plain) return withRest(draft);
  const unfinishedFence = streaming && draft.open?.kind === "code" && /^ {0,3}[`~]+$/.test(draft.line);
  const unfinishedImage = streaming && draft.open === null && IMAGE_OPENS.test(draft.line.slice(0, 300));
  if (draft.line !== "" && !unfinishedFence && !unfinishedImage) takeLine(draft, draft.line);
  if (draft.plain) return withRest(draft);
  finishOpen(draft, !streaming);
  return draft.finished;
}

function withRest(draft: Draft): readonly Block[] {
  takePlain(draft);
  if (draft.line !== "") draft.finished.push(plainSlice(draft.lineStart, draft.line));
  return draft.finished;
}

function takeLine(draft: Draft, line: string): void {
  const image = imageIn(draft, line);
  if (image) {
    draft.finished.push(image);
    draft.imageChars += line.length;
    return;
  }
  if (lineIsTooLong(draft, line, true)) {
    startPlain(draft);
    return;
  }
  if (draft.open?.kind === "code") {
    takeCodeLine(draft, draft.open, line);
    return;
  }
  if (BLANK.test(line)) {
    takeBlankLine(draft);
    return;
  }
  const fence = FENCE_OPENS.exec(line);
  const insideList = draft.open?.goesOn === "list" && indentOf(line) >= 2;
  if (fence && !insideList) {
    openFence(draft, fence);
    return;
  }
  takeMarkdownLine(draft, line);
}

/** An image that has a line for itself between blocks; inside a paragraph or a list it stays markdown. */
function imageIn(draft: Draft, line: string): Block | null {
  if (!mayBeImage(draft, line)) return null;
  const [opening, description = "", type = ""] = IMAGE_OPENS.exec(line.slice(0, 300)) ?? [];
  if (opening === undefined || !IMAGE_REST.test(line.slice(opening.length))) return null;
  const source = `${type}${line.slice(opening.length).trimEnd().slice(0, -1)}`;
  return { kind: "image", start: draft.lineStart, text: source, info: description, complete: true };
}

function mayBeImage(draft: Draft, line: string): boolean {
  if (draft.open !== null || line.length > MAX_IMAGE_LINE_CHARS) return false;
  if (draft.imageChars + line.length > MAX_IMAGE_CHARS || draft.finished.length >= MAX_FORMATTED_BLOCKS)
    return false;
  return IMAGE_OPENS.test(line.slice(0, 300));
}

function takeCodeLine(draft: Draft, open: OpenBlock, line: string): void {
  if (open.fence && closesFence(open.fence, line)) {
    finishOpen(draft);
    return;
  }
  const indent = Math.min(open.fence?.indent ?? 0, indentOf(line));
  draft.open = { ...open, text: `${open.text}${line.slice(indent)}\n` };
}

function takeBlankLine(draft: Draft): void {
  const open = draft.open;
  if (!open) return;
  if (open.goesOn && open.text.length < MAX_MARKDOWN_BLOCK_CHARS) {
    draft.open = { ...open, text: `${open.text}\n`, blankSeen: true };
  } else {
    finishOpen(draft);
  }
}

function openFence(draft: Draft, [, indent = "", marks = "", info = ""]: RegExpExecArray): void {
  finishOpen(draft);
  draft.open = {
    kind: "code",
    start: draft.lineStart,
    text: "",
    info: info.trim(),
    fence: { character: marks.charAt(0), length: marks.length, indent: indent.length },
    goesOn: null,
    blankSeen: false,
  };
}

function takeMarkdownLine(draft: Draft, line: string): void {
  const before = draft.open;
  const ends = before?.blankSeen && !goesOnAfterBlank(before, line);
  const overflows = before && before.text.length + line.length > MAX_MARKDOWN_BLOCK_CHARS;
  if (ends || overflows) finishOpen(draft);
  const open = draft.open;
  const isItem = LIST_ITEM.test(line);
  if (!open) {
    const goesOn = isItem ? "list" : indentOf(line) >= 4 ? "indented" : null;
    draft.open = {
      kind: "markdown",
      start: draft.lineStart,
      text: `${line}\n`,
      info: "",
      fence: null,
      goesOn,
      blankSeen: false,
    };
    return;
  }
  draft.open = {
    ...open,
    text: `${open.text}${line}\n`,
    goesOn: isItem ? "list" : open.goesOn,
    blankSeen: false,
  };
}

function goesOnAfterBlank(open: OpenBlock, line: string): boolean {
  if (open.goesOn === "list") return LIST_ITEM.test(line) || indentOf(line) >= 2;
  return indentOf(line) >= 4;
}

function closesFence(fence: Fence, line: string): boolean {
  const match = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line);
  const marks = match?.[1] ?? "";
  return marks.startsWith(fence.character) && marks.length >= fence.length;
}

/** Blank lines at its end are not part of a block, so a block does not change when one follows it. */
function finishOpen(draft: Draft, complete = true): void {
  const open = draft.open;
  if (!open) return;
  let end = open.text.length;
  if (open.kind === "code") end -= open.text.endsWith("\n") ? 1 : 0;
  else while (open.text.charAt(end - 1) === "\n") end -= 1;
  const { kind, start, info } = open;
  draft.finished.push({ kind, start, text: open.text.slice(0, end), info, complete });
  draft.open = null;
}

/** A line that begins as an image may go on for long; when it has ended without being one it is too long after all. */
function lineIsTooLong(draft: Draft, line: string, ended = false): boolean {
  if (!ended && mayBeImage(draft, line)) return false;
  if (draft.lineStart - draft.imageChars + line.length > MAX_FORMATTED_CHARS) return true;
  if (draft.finished.length >= MAX_FORMATTED_BLOCKS) return true;
  return draft.open?.kind !== "code" && line.length > MAX_MARKDOWN_BLOCK_CHARS;
}

function startPlain(draft: Draft): void {
  finishOpen(draft);
  draft.plain = true;
}

/** From here on `line` is the text not yet cut into slices, whatever line ends it has. */
function takePlain(draft: Draft): void {
  let text = draft.line;
  while (text.length > PLAIN_SLICE_CHARS) {
    const slice = firstSlice(text);
    draft.finished.push(plainSlice(draft.lineStart, slice));
    draft.lineStart += slice.length;
    text = text.slice(slice.length);
  }
  draft.line = text;
}

/** Cuts after a line end when the second half of the slice has one, and never inside a surrogate pair. */
function firstSlice(text: string): string {
  const lineEnd = text.lastIndexOf("\n", PLAIN_SLICE_CHARS - 1);
  if (lineEnd >= PLAIN_SLICE_CHARS / 2) return text.slice(0, lineEnd + 1);
  const last = text.charCodeAt(PLAIN_SLICE_CHARS - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? PLAIN_SLICE_CHARS - 1 : PLAIN_SLICE_CHARS);
}

function plainSlice(start: number, text: string): Block {
  return { kind: "plain", start, text, info: "", complete: true };
}

function indentOf(line: string): number {
  let columns = 0;
  for (const character of line) {
    if (character === " ") columns += 1;
    else if (character === "\t") columns += 4 - (columns % 4);
    else break;
  }
  return columns;
}
