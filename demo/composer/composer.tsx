// The chat's composer: the box with its five tools. What a tool opens is loaded when it is first used, because all of
// it together is several times the page.
import { type ChangeEvent, type ClipboardEvent, lazy, Suspense, useRef, useState } from "react";
import { FallbackOnError } from "../fallback-on-error.tsx";
import { t } from "../i18n.ts";
import type { ComposerProps } from "../part-props.ts";
import { modelFor } from "./capabilities.ts";
import { AttachIcon, CodeIcon, MicrophoneIcon, SlidersIcon, TemplateIcon } from "./icons.tsx";
import { MessageBox } from "./message-box.tsx";
import { type ToolName, toolName } from "./tool-names.ts";
import { filesOf, useFileDrop } from "./use-file-drop.ts";
import { useIncoming } from "./use-incoming.ts";

const Strip = lazy(async () => ({ default: (await import("./attachment-strip.tsx")).AttachmentStrip }));
const Panel = lazy(async () => ({ default: (await import("./panel.tsx")).Panel }));

const TOOLS = [
  ["voice", MicrophoneIcon],
  ["templates", TemplateIcon],
  ["parameters", SlidersIcon],
  ["code", CodeIcon],
] as const;

export function Composer(props: ComposerProps) {
  const { draft, box, answering, ready, models, attachments, onAttachments } = props;
  const [panel, setPanel] = useState<ToolName | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const incoming = useIncoming(attachments, onAttachments);
  const dropping = useFileDrop(incoming.add);
  const all = models.list.state === "ready" ? models.list.all : [];
  const listener = modelFor(all, "transcription");
  const busy = incoming.reading.length > 0;
  const shown = TOOLS.filter(([name]) => name !== "voice" || listener !== null);

  function send(): void {
    if (!ready || busy || (draft.trim() === "" && attachments.length === 0)) return;
    setPanel(null);
    incoming.forgetRefusals();
    props.onSend(draft.trim(), attachments);
  }

  function choose(event: ChangeEvent<HTMLInputElement>): void {
    incoming.add([...(event.target.files ?? [])]);
    // So that the same file can be chosen again.
    event.target.value = "";
  }

  function onPaste(event: ClipboardEvent): void {
    const files = filesOf(event.clipboardData);
    // What a spreadsheet copies is a picture, too, but the words are what is meant.
    if (files.length === 0 || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    incoming.add(files);
  }

  function close(): void {
    setPanel(null);
    box.current?.focus();
  }

  const above =
    attachments.length + incoming.reading.length + incoming.refusals.length === 0 ? null : (
      <Later>
        <Strip
          incoming={incoming}
          attachments={attachments}
          model={all.find(({ name }) => name === models.chosen)}
        />
      </Later>
    );
  const tools = (
    <div className="composer-tools" role="toolbar" aria-label={t("Message tools")}>
      <input
        ref={input}
        // The button beside it opens it; by itself it is nothing to press.
        hidden
        type="file"
        multiple
        aria-label={t("Files to attach")}
        onChange={choose}
      />
      <button
        type="button"
        className="icon-button"
        aria-label={t("Attach files")}
        title={t("Attach files")}
        onClick={() => input.current?.click()}
      >
        <AttachIcon />
      </button>
      {shown.map(([name, Icon]) => (
        <button
          key={name}
          type="button"
          className="icon-button"
          aria-label={toolName(name)}
          title={
            name === "parameters" && isChanged(props.settings) ? t("Some parameters are set") : toolName(name)
          }
          data-changed={name === "parameters" && isChanged(props.settings) ? true : undefined}
          aria-expanded={panel === name}
          onClick={() => (panel === name ? close() : setPanel(name))}
        >
          <Icon />
        </button>
      ))}
    </div>
  );

  return (
    <>
      {panel === null ? null : (
        <Later>
          <Panel name={panel} composer={props} listener={listener} onClose={close} />
        </Later>
      )}
      {dropping ? <p className="drop-here">{t("Drop files here to attach them")}</p> : null}
      <MessageBox
        draft={draft}
        box={box}
        answering={answering}
        ready={ready && !busy}
        hasMore={attachments.length > 0}
        onDraft={props.onDraft}
        onSend={send}
        onStop={props.onStop}
        onPaste={onPaste}
        above={above}
        tools={tools}
      />
    </>
  );
}

/** Parameters hold for every question until they are taken back, so they must not be forgotten behind a button. */
function isChanged({
  systemPrompt,
  temperature,
  maxTokens,
  jsonSchema,
  tools,
}: ComposerProps["settings"]): boolean {
  return (
    `${systemPrompt}${jsonSchema}` !== "" || temperature !== null || maxTokens !== null || tools.length > 0
  );
}

function Later({ children }: { children: React.ReactNode }) {
  const sorry = <p role="alert">{t("A part of this page could not be loaded. Reload the page.")}</p>;
  return (
    <FallbackOnError fallback={sorry}>
      <Suspense fallback={null}>{children}</Suspense>
    </FallbackOnError>
  );
}
