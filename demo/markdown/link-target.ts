// Decides whether a link in an answer may be a link. A model's text can be steered by whatever it read, so a target
// must be absolute, of an allowed scheme and without credentials, and the reader sees the host it really goes to.
import { decodeEntities } from "./entities.ts";

export interface LinkTarget {
  /** As the URL parser wrote it back: what was checked is what is opened. */
  readonly href: string;
  /** Host, or the address of a mailto; in ASCII, so lookalike letters show as xn--. */
  readonly shownAs: string;
}

const ALLOWED_SCHEMES: ReadonlySet<string> = new Set(["https:", "http:", "mailto:"]);
const MAX_HREF_CHARS = 2_048;

export function linkTarget(written: string): LinkTarget | null {
  const decoded = decodeEntities(written);
  if (decoded.length > MAX_HREF_CHARS) return null;
  // No base: a relative target would point into this page.
  const url = URL.parse(decoded);
  if (!url || !ALLOWED_SCHEMES.has(url.protocol)) return null;
  if (url.username !== "" || url.password !== "") return null;
  if (url.protocol === "mailto:") return { href: url.href, shownAs: url.pathname };
  return { href: url.href, shownAs: url.host };
}

/** True when the text of a link is its own target, so repeating the host would only be noise. */
export function showsItsTarget(text: string, target: LinkTarget): boolean {
  const bare = (value: string) => value.replace(/^(?:https?:\/\/|mailto:)/, "").replace(/\/$/, "");
  return bare(text) === bare(target.href);
}
