// The lines under an answer: how it stands, which model, tokens, speed, and what it took from the budget. While the
// answer comes, tokens and speed are estimates that move twice a second; nothing of it is announced.
import type { AssistantMessage } from "latchkey/react";
import { useContext, useEffect, useState } from "react";
import { Surroundings } from "../answer/surroundings.ts";
import { t } from "../i18n.ts";
import { VisibleText } from "../markdown/visible-text.tsx";
import { budgetLines, costOf, tokensPerSecond, tokensSoFar } from "./figures.ts";
import { amount, budgetWords, duration, wholeNumber } from "./words.ts";

const TICK_MS = 500;

export function Meter({ message }: { message: AssistantMessage }) {
  const { phase, model } = message;
  const price = useContext(Surroundings)?.models.find(({ name }) => name === model)?.price ?? null;
  const ms = useStreamingMs(phase === "streaming");
  const facts = phase === "streaming" ? liveFacts(message, ms) : endFacts(message);
  const cost = costOf(message.usage, price);
  const budget = phase === "streaming" || phase === "waiting" ? [] : budgetLines(message.budget);
  const spent = [
    ...(cost === null ? [] : [t("Cost {amount}", { amount: amount(cost) })]),
    ...budget.map(budgetWords),
  ];
  return (
    <div className="meter">
      <p className="status-line">
        <span className={`phase-${phase}`}>{phaseText(message)}</span>
        {" · "}
        <VisibleText text={model} />
        {facts.map((fact) => ` · ${fact}`).join("")}
      </p>
      {spent.length === 0 ? null : <p className="status-line">{spent.join(" · ")}</p>}
    </div>
  );
}

/** Since the first token, twice a second; by this page's clock alone, which no other clock can disturb. */
function useStreamingMs(streaming: boolean): number {
  const [ms, setMs] = useState(0);
  useEffect(() => {
    if (!streaming) return;
    const startedAt = performance.now();
    const timer = setInterval(() => setMs(performance.now() - startedAt), TICK_MS);
    return () => clearInterval(timer);
  }, [streaming]);
  return ms;
}

function liveFacts(message: AssistantMessage, ms: number): string[] {
  const tokens = tokensSoFar(message);
  const speed = tokensPerSecond(tokens, ms);
  return [
    t("about {count} tokens", { count: wholeNumber(tokens) }),
    ...firstToken(message),
    ...(speed === null ? [] : [t("{count} tokens/s", { count: wholeNumber(speed) })]),
  ];
}

function endFacts(message: AssistantMessage): string[] {
  const { usage, durationMs, firstTokenMs } = message;
  if (usage === null) return firstToken(message);
  const ms = durationMs === null || firstTokenMs === null ? null : durationMs - firstTokenMs;
  const speed = tokensPerSecond(usage.completion, ms);
  return [
    t("{input} tokens in, {output} out", {
      input: wholeNumber(usage.prompt),
      output: wholeNumber(usage.completion),
    }),
    ...(usage.cached > 0 ? [t("{count} from the cache", { count: wholeNumber(usage.cached) })] : []),
    ...(usage.reasoning > 0 ? [t("{count} for reasoning", { count: wholeNumber(usage.reasoning) })] : []),
    ...firstToken(message),
    ...(speed === null ? [] : [t("{count} tokens/s", { count: wholeNumber(speed) })]),
  ];
}

function firstToken({ firstTokenMs }: AssistantMessage): string[] {
  return firstTokenMs === null ? [] : [t("first token {time}", { time: duration(firstTokenMs) })];
}

function phaseText({ phase, finishReason }: AssistantMessage): string {
  switch (phase) {
    case "waiting":
      return t("Waiting");
    case "streaming":
      return t("Answering");
    case "stopped":
      return t("Stopped");
    case "cut":
      return t("Cut off");
    case "failed":
      return t("Failed");
    case "done":
      if (finishReason === "length") return t("Ended at the length limit");
      if (finishReason === "content_filter") return t("Ended by the content filter");
      return t("Done");
  }
}
