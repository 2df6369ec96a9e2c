/**
 * JSON that is still being written: text in, in any pieces, the value so far out. Each character is looked at once,
 * so a long answer costs no more than parsing it once; parsing the whole text again at each piece is quadratic.
 */

/** What has come of a value. */
export interface PartialJson {
  /**
   * Takes the next text. After a character that can't be JSON nothing more is taken, and `value` stays what it was.
   */
  feed(text: string): void;
  /**
   * The value so far: `undefined` until it begins, then one object that grows. A string is there from its
   * opening quote, a number, `true`, `false` or `null` once it's whole, a member once its value begins.
   */
  readonly value: unknown;
  /** Whether the value is whole. */
  readonly done: boolean;
}

/** What may come next: the grammar's state. */
type Expected = "value" | "key" | "colon" | "comma" | "string" | "atom" | "end" | "nothing";

interface Level {
  holder: Record<string, unknown> | unknown[];
  /** Of the member or item that is being written. */
  key: string | number;
}

/** Ends a run of plain characters in a string. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const SPECIAL = /["\\\u0000-\u001f]/g;
const WHITE = " \t\n\r";
const ATOM_END = /[ \t\n\r,\]}]/g;

/**
 * Makes a parser for one value.
 *
 * @example
 * ```ts
 * import { partialJson } from "latchkey/tools";
 *
 * const json = partialJson();
 * json.feed('{"title":"Soup","steps":["Boil wa');
 * console.log(json.value); // { title: "Soup", steps: ["Boil wa"] }
 * ```
 */
export function partialJson(): PartialJson {
  const stack: Level[] = [];
  let root: unknown;
  let expected: Expected = "value";
  /** Whether a bracket was just opened, so that it may close at once. */
  let fresh = false;
  /** The string, number or word that is being written. */
  let text = "";
  /** An escape that has not come whole. */
  let pending = "";
  /** The first half of a character outside the basic plane, kept back: what is shown is always text. */
  let half = "";
  let isKey = false;

  function put(value: unknown): void {
    const level = stack.at(-1);
    if (!level) root = value;
    else if (level.key !== "__proto__") (level.holder as Record<string | number, unknown>)[level.key] = value;
    else {
      const own = { value, enumerable: true, configurable: true, writable: true };
      Object.defineProperty(level.holder, level.key, own);
    }
  }

  function open(holder: Level["holder"]): void {
    put(holder);
    stack.push({ holder, key: 0 });
    expected = Array.isArray(holder) ? "value" : "key";
    fresh = true;
  }

  /** A value is whole: on to the next one. */
  function next(): void {
    expected = stack.length ? "comma" : "end";
  }

  function mark(char: string): Expected | undefined {
    const level = stack.at(-1);
    const isArray = Array.isArray(level?.holder);
    if (level && char === (isArray ? "]" : "}") && (expected === "comma" || fresh)) {
      stack.pop();
      next();
      return expected;
    }
    const was = expected;
    fresh = false;
    if (was === "comma" && char === ",") {
      if (!isArray) return "key";
      level!.key = (level!.holder as unknown[]).length;
      return "value";
    }
    if (was === "colon" && char === ":") return "value";
    if (char === '"' && (was === "value" || was === "key")) {
      isKey = was === "key";
      text = "";
      if (!isKey) put(text);
      return "string";
    }
    if (was !== "value") return "nothing";
    if (char === "{") open({});
    else if (char === "[") open([]);
    else {
      text = char;
      return "atom";
    }
    return expected;
  }

  function string(piece: string, at: number): number {
    if (pending) {
      pending += piece[at];
      if (pending.length < (pending[1] === "u" ? 6 : 2)) return at + 1;
      const char = parsed(`"${pending}"`);
      pending = "";
      if (typeof char === "string") append(char);
      else expected = "nothing";
      return at + 1;
    }
    SPECIAL.lastIndex = at;
    const stop = SPECIAL.exec(piece)?.index ?? piece.length;
    append(piece.slice(at, stop));
    const char = piece[stop];
    if (char === "\\") pending = char;
    else if (char === '"') endString();
    else if (char) expected = "nothing";
    return stop + 1;
  }

  /** Looks at the piece only: looking into `text` would copy all of it, each time. */
  function append(piece: string): void {
    const more = half + piece;
    const cut = /[\ud800-\udbff]$/.test(more) ? more.length - 1 : more.length;
    half = more.slice(cut);
    text += more.slice(0, cut);
  }

  function endString(): void {
    text += half;
    half = "";
    if (isKey) {
      stack.at(-1)!.key = text;
      expected = "colon";
    } else {
      put(text);
      next();
    }
  }

  function atom(piece: string, at: number): number {
    ATOM_END.lastIndex = at;
    const stop = ATOM_END.exec(piece)?.index ?? piece.length;
    text += piece.slice(at, stop);
    if (stop === piece.length) return stop;
    const value = parsed(text);
    if (value === undefined) expected = "nothing";
    else {
      put(value);
      next();
    }
    return stop;
  }

  return {
    feed(piece) {
      for (let at = 0; at < piece.length && expected !== "nothing"; ) {
        if (expected === "string") at = string(piece, at);
        else if (expected === "atom") at = atom(piece, at);
        else {
          const char = piece[at++]!;
          if (!WHITE.includes(char)) expected = mark(char)!;
        }
      }
      if (expected === "string" && !isKey) put(text);
    },
    get value() {
      return root;
    },
    get done() {
      return expected === "end";
    },
  };
}

/** The value of a JSON text, or `undefined`. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
