// Tokens -> React elements, by an allowlist: a token type not named here becomes the text it was written as.
// Everything a model wrote ends in a text node or in an href that link-target.ts has checked. No id, name, style,
// image, form or raw HTML can come out of this file, because no branch makes one.
import type { Token, Tokens } from "marked";
import { createElement, Fragment, type ReactNode } from "react";
import { t } from "../i18n.ts";
import { withMarks } from "./citation-mark.tsx";
import { CodeBlock } from "./code-block.tsx";
import { decodeEntities } from "./entities.ts";
import { Formula } from "./formula.tsx";
import { linkTarget, showsItsTarget } from "./link-target.ts";
import type { MathToken } from "./math-syntax.ts";
import { VisibleText } from "./visible-text.tsx";

/** marked nests emphasis and links without a bound of its own. */
const MAX_DEPTH = 40;

interface Place {
  readonly depth: number;
  readonly insideLink: boolean;
  /** False while the block may still grow: a fence inside a list gets its colours at the end. */
  readonly complete: boolean;
}

export function renderTokens(
  tokens: readonly Token[],
  place: Place = { depth: 0, insideLink: false, complete: true },
): ReactNode {
  // Children by position, without keys: tokens have no identity beyond their place.
  return createElement(Fragment, null, ...tokens.map((token) => renderToken(token, place)));
}

function renderToken(token: Token, place: Place): ReactNode {
  if (place.depth > MAX_DEPTH) return token.raw;
  const deeper = { ...place, depth: place.depth + 1 };
  const inside = (tokens: readonly Token[] | undefined) => renderTokens(tokens ?? [], deeper);
  switch (token.type) {
    case "space":
      return null;
    case "paragraph":
      return <p>{inside(token.tokens)}</p>;
    case "heading":
      return renderHeading(token as Tokens.Heading, inside(token.tokens));
    case "blockquote":
      return <blockquote>{inside(token.tokens)}</blockquote>;
    case "code":
      return renderCode(token as Tokens.Code, place);
    case "list":
      return renderList(token as Tokens.List, deeper);
    case "table":
      return renderTable(token as Tokens.Table, deeper);
    case "hr":
      return <hr />;
    case "br":
      return <br />;
    case "strong":
      return <strong>{inside(token.tokens)}</strong>;
    case "em":
      return <em>{inside(token.tokens)}</em>;
    case "del":
      return <del>{inside(token.tokens)}</del>;
    case "codespan":
      return (
        <code className="code-span">
          <VisibleText text={(token as Tokens.Codespan).text} />
        </code>
      );
    case "link":
      return renderLink(token as Tokens.Link, deeper);
    case "image":
      return renderImage(token as Tokens.Image);
    case "def":
      // Blocks are lexed apart, so nothing refers to a definition: show it rather than lose its address.
      return <p className="definition">{renderDefinition(token as Tokens.Def)}</p>;
    case "text":
      // A list item's text is a block with inline tokens; elsewhere it is the leaf.
      return token.tokens ? inside(token.tokens) : renderText(token as Tokens.Text, place);
    case "escape":
      return (token as Tokens.Escape).text;
    case "checkbox":
      return null;
    case "math":
      return renderMath(token);
    case "html":
      return renderHtmlAsText(token as Tokens.HTML);
    default:
      return token.raw;
  }
}

/** What a link says must be what it reads as; in prose hidden characters are left to the language that needs them. */
function renderText(token: Tokens.Text, place: Place): ReactNode {
  const text = decodeEntities(token.text);
  return place.insideLink ? <VisibleText text={text} /> : withMarks(text);
}

function renderCode({ text, lang = "" }: Tokens.Code, { complete }: Place): ReactNode {
  return <CodeBlock code={text} info={lang} complete={complete} />;
}

/** marked types tokens of extensions as anything at all. */
function renderMath(token: Token): ReactNode {
  const { text, display, raw } = token as unknown as MathToken;
  return <Formula source={text} display={display} raw={raw} />;
}

/** The page's own headings are levels 1 and 2, so an answer's start at 3. */
function renderHeading(token: Tokens.Heading, children: ReactNode): ReactNode {
  if (token.depth <= 2) return <h3>{children}</h3>;
  return token.depth === 3 ? <h4>{children}</h4> : <h5>{children}</h5>;
}

function renderList(token: Tokens.List, place: Place): ReactNode {
  const items = token.items.map((item) => renderListItem(item, place));
  if (!token.ordered) return createElement("ul", null, ...items);
  return createElement(
    "ol",
    token.start === 1 || token.start === "" ? null : { start: token.start },
    ...items,
  );
}

function renderListItem(item: Tokens.ListItem, place: Place): ReactNode {
  const children = renderTokens(item.tokens, place);
  if (!item.task) return <li>{children}</li>;
  return (
    <li className="task">
      <span className="task-mark" role="img" aria-label={item.checked ? t("done") : t("to do")}>
        {item.checked ? "☑" : "☐"}
      </span>
      {children}
    </li>
  );
}

function renderTable(token: Tokens.Table, place: Place): ReactNode {
  const cells = (tag: "th" | "td", row: readonly Tokens.TableCell[]) =>
    row.map((cell) => {
      const attributes = {
        ...(tag === "th" ? { scope: "col" } : {}),
        ...(cell.align ? { className: `align-${cell.align}` } : {}),
      };
      return createElement(tag, attributes, renderTokens(cell.tokens, place));
    });
  const rows = token.rows.map((row) => createElement("tr", null, ...cells("td", row)));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <figure className="table-scroll" tabIndex={0} aria-label={t("Table")}>
      <table>
        <thead>{createElement("tr", null, ...cells("th", token.header))}</thead>
        {createElement("tbody", null, ...rows)}
      </table>
    </figure>
  );
}

function renderLink(token: Tokens.Link, place: Place): ReactNode {
  const target = linkTarget(token.href);
  if (!target) return <VisibleText text={token.raw} />;
  if (place.insideLink) return renderTokens(token.tokens, place);
  const text = plainText(token.tokens);
  return (
    <>
      <a href={target.href} target="_blank" rel="noopener noreferrer nofollow">
        {token.autolink ? (
          <VisibleText text={text} />
        ) : (
          renderTokens(token.tokens, { ...place, insideLink: true })
        )}
      </a>
      {showsItsTarget(text, target) ? null : (
        <span className="link-host">
          {" ("}
          <VisibleText text={target.shownAs} />)
        </span>
      )}
    </>
  );
}

/** Loading an image tells its server that the answer was read, and can carry the conversation in its address. */
function renderImage(token: Tokens.Image): ReactNode {
  const target = linkTarget(token.href);
  const description = decodeEntities(token.text).trim() || t("no description");
  const said = target ? `${description}, ${target.shownAs}` : description;
  return (
    <span className="image-text">
      <VisibleText text={t("[image: {description}]", { description: said })} />
    </span>
  );
}

function renderDefinition(token: Tokens.Def): ReactNode {
  const target = linkTarget(token.href);
  if (!target) return <VisibleText text={token.raw.trim()} />;
  return (
    <>
      <VisibleText text={`[${token.tag}]: `} />
      <a href={target.href} target="_blank" rel="noopener noreferrer nofollow">
        <VisibleText text={target.href} />
      </a>
    </>
  );
}

function renderHtmlAsText(token: Tokens.HTML): ReactNode {
  // The one tag models write inside table cells for want of anything else.
  if (/^<br\s*\/?>$/i.test(token.raw)) return <br />;
  const text = <VisibleText text={token.raw.replace(/\n+$/, "")} />;
  return token.block ? <p className="html-text">{text}</p> : text;
}

function plainText(tokens: readonly Token[]): string {
  return tokens.map((token) => ("text" in token ? String(token.text) : token.raw)).join("");
}
