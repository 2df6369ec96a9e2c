// An answer as it stands: its blocks, each rendered once and kept while later ones arrive.
import { memo, useMemo } from "react";
import { FallbackOnError } from "../fallback-on-error.tsx";
import { type AnswerBlocks, type Block, blocksOf } from "./blocks.ts";
import { CodeBlock } from "./code-block.tsx";
import { lexBlock } from "./lexer.ts";
import { renderTokens } from "./render.tsx";

export function Markdown({ answer, streaming }: { answer: AnswerBlocks; streaming: boolean }) {
  const blocks = blocksOf(answer, streaming);
  const firstPlain = blocks.findIndex((block) => block.kind === "plain");
  return (
    <div className="markdown" dir="auto">
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
  explained,
}: Block & { explained: boolean }) {
  if (kind === "code") return <CodeBlock code={text} info={info} />;
  if (kind === "markdown") {
    return (
      <FallbackOnError fallback={<p className="plain-text">{text}</p>}>
        <LexedBlock text={text} />
      </FallbackOnError>
    );
  }
  return (
    <>
      {explained ? (
        <p className="plain-note">From here on the answer is shown unformatted: it is very long.</p>
      ) : null}
      <p className="plain-text">{text}</p>
    </>
  );
});

function LexedBlock({ text }: { text: string }) {
  const rendered = useMemo(() => {
    const tokens = lexBlock(text);
    return tokens ? renderTokens(tokens) : <p className="plain-text">{text}</p>;
  }, [text]);
  return rendered;
}
