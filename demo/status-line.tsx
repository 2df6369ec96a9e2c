// The line under an answer: how it stands, which model, tokens, and the time to its first text.
import type { Attempt } from "./chat-state.ts";
import { VisibleText } from "./markdown/visible-text.tsx";

const integer = new Intl.NumberFormat("en");

export function StatusLine({ attempt }: { attempt: Attempt }) {
  const facts = [tokensOf(attempt), firstTokenOf(attempt)].filter((fact) => fact !== null);
  return (
    <p className="status-line">
      <span className={`phase-${attempt.phase}`}>{phaseText(attempt)}</span>
      {" · "}
      <VisibleText text={attempt.model} />
      {facts.map((fact) => ` · ${fact}`).join("")}
    </p>
  );
}

function phaseText({ phase, finishReason }: Attempt): string {
  switch (phase) {
    case "waiting":
      return "Waiting";
    case "streaming":
      return "Answering";
    case "stopped":
      return "Stopped";
    case "cut":
      return "Cut off";
    case "failed":
      return "Failed";
    case "done":
      if (finishReason === "length") return "Ended at the length limit";
      if (finishReason === "content_filter") return "Ended by the content filter";
      return "Done";
  }
}

function tokensOf({ usage }: Attempt): string | null {
  if (!usage) return null;
  return `${integer.format(usage.prompt)} tokens in, ${integer.format(usage.completion)} out`;
}

function firstTokenOf({ firstTokenMs }: Attempt): string | null {
  if (firstTokenMs === null) return null;
  return firstTokenMs < 1_000
    ? `first token ${Math.round(firstTokenMs)} ms`
    : `first token ${(firstTokenMs / 1_000).toFixed(1)} s`;
}
