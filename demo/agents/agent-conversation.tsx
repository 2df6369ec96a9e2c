// The turns of a thread: what was asked with its files, what the agent did, what it answered and from where.

import type { AssistantMessage } from "latchkey/react";
import { memo, useMemo } from "react";
import { Answer } from "../answer/answer.tsx";
import { t } from "../i18n.ts";
import { VisibleText } from "../markdown/visible-text.tsx";
import type { AttachedFile } from "./agent-service.ts";
import { messageOf } from "./answer-message.ts";
import { type Attempt, isUnfinished, type Turn } from "./chat-state.ts";
import { Citations } from "./citations.tsx";
import { RunSteps } from "./run-steps.tsx";
import { type Citation, withNumbers } from "./run-view.ts";
import type { AgentChat, RunDetails } from "./use-agent-chat.ts";

interface AgentConversationProps {
  chat: AgentChat;
  onRetry(): void;
}

export function AgentConversation({ chat, onRetry }: AgentConversationProps) {
  const { turns } = chat.state;
  const names = useMemo(
    () => new Map([...chat.files.values()].flat().map(({ id, name }) => [id, name])),
    [chat.files],
  );
  return (
    <div
      className="conversation"
      role="log"
      aria-live="off"
      aria-busy={chat.answering}
      aria-label={t("Conversation")}
    >
      {turns.map((turn, index) => (
        <div className="turn" key={turn.id}>
          <Question turn={turn} files={chat.files.get(turn.id)} />
          {turn.attempts.map((attempt) => (
            <AgentAnswer
              key={attempt.id}
              attempt={attempt}
              details={chat.details.get(attempt.id)}
              names={names}
              onRetry={index === turns.length - 1 && attempt === turn.attempts.at(-1) ? onRetry : null}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

function Question({ turn, files = [] }: { turn: Turn; files: readonly AttachedFile[] | undefined }) {
  return (
    <div className="question">
      <h2 className="visually-hidden">{t("You")}</h2>
      <p className="question-text" dir="auto">
        {turn.prompt}
      </p>
      {files.length === 0 ? null : (
        <ul className="attached" aria-label={t("Files of this message")}>
          {files.map(({ id, name }) => (
            <li key={id} className="attached-file">
              <VisibleText text={name} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** A run has no versions. */
const ALONE = { ids: [], index: -1 };
const NOTHING: RunDetails = { steps: [], citations: [] };

interface AgentAnswerProps {
  attempt: Attempt;
  details: RunDetails | undefined;
  names: ReadonlyMap<string, string>;
  onRetry: (() => void) | null;
}

const AgentAnswer = memo(function AgentAnswer({
  attempt,
  details = NOTHING,
  names,
  onRetry,
}: AgentAnswerProps) {
  const numbered = useNumbers(attempt, details.citations);
  const mayRetry = ["stopped", "cut", "failed"].includes(attempt.phase);
  return (
    <div className="agent-answer">
      <RunSteps steps={details.steps} />
      <Answer
        message={numbered}
        isLast={onRetry !== null}
        onRetry={mayRetry ? onRetry : null}
        onRegenerate={null}
        onContinue={null}
        siblings={ALONE}
        onSwitch={() => {}}
      />
      <Citations citations={details.citations} names={names} />
    </div>
  );
});

/** The service's marks become numbers once the answer is whole: until then a mark may be half written. */
function useNumbers(attempt: Attempt, citations: readonly Citation[]): AssistantMessage {
  return useMemo(() => {
    if (citations.length === 0 || isUnfinished(attempt)) return messageOf(attempt);
    return messageOf({ ...attempt, text: withNumbers(attempt.text, citations) });
  }, [attempt, citations]);
}
