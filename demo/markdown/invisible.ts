// Finds the characters that make text read otherwise than it is: bidi controls, zero-width characters, Unicode tags.
// Links and code show them by name; in prose they are left alone, because real languages and emoji need some.

export interface Piece {
  readonly text: string;
  readonly hidden: boolean;
}

// Zero-width joiners inside emoji are what joins a family together, so those stay.
const HIDDEN =
  /(?:[\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u{e0000}-\u{e007f}]|(?<!\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d)+/gu;
/** What HIDDEN can begin with: most texts have none of it, and are passed by this alone at a fraction of the cost. */
const MAYBE_HIDDEN = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\udb40]/;
/** A text made of nothing else must not become a page of labels. */
const MAX_NAMED = 200;

export function splitHidden(text: string): readonly Piece[] {
  if (!MAYBE_HIDDEN.test(text)) return [{ text, hidden: false }];
  const pieces: Piece[] = [];
  let from = 0;
  let named = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), hidden: false });
    from = match.index + match[0].length;
    named += 1;
    if (named > MAX_NAMED) {
      pieces.push({ text: text.slice(match.index).replace(HIDDEN, "\ufffd"), hidden: false });
      return pieces;
    }
    pieces.push({ text: nameOf(match[0]), hidden: true });
  }
  if (from < text.length) pieces.push({ text: text.slice(from), hidden: false });
  return pieces;
}

function nameOf(run: string): string {
  const characters = [...run];
  const code = (characters[0]?.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return characters.length === 1 ? `U+${code}` : `U+${code} and ${characters.length - 1} more`;
}
