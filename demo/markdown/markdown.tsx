// An answer as it stands: its blocks, each rendered once and kept while later ones arrive.
import { useLanguage } from "../languages/language.ts";
import "./markdown.css";
import { memo, useMemo } from "react";
import { FallbackOnError } from "../fallback-on-error.tsx";
import { t } from "../i18n.ts";
import { type Block, blocksOf } from "./blocks.ts";
import { CodeBlock } from "./code-block.tsx";
import { decodeEntities } from "./entities.ts";
import { lexBlock } from "./lexer.ts";
import { renderTokens } from "./render.tsx";
import { useBlocks } from "./use-blocks.ts";

interface MarkdownProps {
  text: string;
  /** More may come. */
  streaming: boolean;
}

/** From here on blocks that are off screen cost neither layout nor paint; shorter answers need no such care. */
const LONG_BLOCKS = 60;

export function Markdown({ text, streaming }: MarkdownProps) {
  const blocks = blocksOf(useBlocks(text), streaming);
  const firstPlain = blocks.findIndex((block) => block.kind === "plain");
  return (
    <div className={blocks.length > LONG_BLOCKS ? "markdown is-long" : "markdown"} dir="auto">
      {blocks.map((block, index) => (
        <MarkdownBlock key={block.start} {...block} explained={index === firstPlain} />
      ))}
    </div>
  );
}

const MarkdownBlock = memo(function MarkdownBlock({
  kind,
  text,
  info,
  complete,
  explained,
}: Block & { explained: boolean }) {
  useLanguage();
  if (kind === "code") return <CodeBlock code={text} info={info} complete={complete} />;
  if (kind === "image") return <Picture source={text} description={info} />;
  if (kind === "markdown") {
    return (
      <FallbackOnError fallback={<p className="plain-text">{text}</p>}>
        <LexedBlock text={text} complete={complete} />
      </FallbackOnError>
    );
  }
  return (
    <>
      {explained ? (
        <p className="plain-note">{t("From here on the answer is shown unformatted: it is very long.")}</p>
      ) : null}
      <p className="plain-text">{text}</p>
    </>
  );
});

function LexedBlock({ text, complete }: { text: string; complete: boolean }) {
  const rendered = useMemo(() => {
    const tokens = lexBlock(text);
    if (!tokens) return <p className="plain-text">{text}</p>;
    return renderTokens(tokens, { depth: 0, insideLink: false, complete });
  }, [text, complete]);
  return rendered;
}

/** Only pixels that came with the answer: blocks.ts makes image blocks of data: URLs alone. */
function Picture({ source, description }: { source: string; description: string }) {
  const said = decodeEntities(description).trim() || t("no description");
  return (
    <figure className="picture">
      <img src={source} alt={said} decoding="async" />
    </figure>
  );
}
