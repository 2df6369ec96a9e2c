// The frame of what a tool opens: a title, a way to close it, and Escape. Focus goes in when it opens; the composer
// takes it back. Each tool's inside is loaded by itself.
import "./panel.css";
import { type KeyboardEvent, lazy, type ReactNode, Suspense, useEffect, useRef } from "react";
import { firstRequest } from "../first-request.ts";
import { t } from "../i18n.ts";
import { PAGE_TOOLS } from "../page-tools.ts";
import type { ComposerProps } from "../part-props.ts";
import { CloseIcon } from "./icons.tsx";
import { type ToolName, toolName } from "./tool-names.ts";

const CodePanel = lazy(async () => ({ default: (await import("./code-panel.tsx")).CodePanel }));
const ParametersPanel = lazy(async () => ({
  default: (await import("../parameters/parameters-panel.tsx")).ParametersPanel,
}));
const TemplatesPanel = lazy(async () => ({
  default: (await import("./templates-panel.tsx")).TemplatesPanel,
}));
const VoicePanel = lazy(async () => ({ default: (await import("./voice-panel.tsx")).VoicePanel }));

interface PanelProps {
  name: ToolName;
  composer: ComposerProps;
  /** The model that writes down what is said. */
  listener: string | null;
  onClose(): void;
}

export function Panel({ name, composer, listener, onClose }: PanelProps) {
  const panel = useRef<HTMLElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another tool is another panel
  useEffect(() => panel.current?.focus(), [name]);

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
    // Escape stops an answer elsewhere; here it closes.
    event.stopPropagation();
    event.nativeEvent.stopImmediatePropagation();
    onClose();
  }

  return (
    <section ref={panel} className="panel" tabIndex={-1} aria-labelledby="panel-title" onKeyDown={onKeyDown}>
      <header className="panel-head">
        <h2 id="panel-title">{toolName(name)}</h2>
        <button
          type="button"
          className="icon-button"
          aria-label={t("Close")}
          title={t("Close")}
          onClick={onClose}
        >
          <CloseIcon />
        </button>
      </header>
      <div className="panel-body">
        <Suspense fallback={<p className="panel-note">{t("Loading")}</p>}>
          {contentOf(name, composer, listener, onClose)}
        </Suspense>
      </div>
    </section>
  );
}

function contentOf(
  name: ToolName,
  composer: ComposerProps,
  listener: string | null,
  onClose: () => void,
): ReactNode {
  const { draft, onDraft, settings, onSettings, models, attachments, requestOf, connection } = composer;
  const insert = (text: string) => {
    onDraft(draft.trim() === "" ? text : `${draft.trimEnd()}\n\n${text}`);
    onClose();
  };
  switch (name) {
    case "voice":
      return (
        <VoicePanel
          connection={connection}
          model={listener ?? ""}
          onText={(text) => {
            onDraft(draft.trim() === "" ? text : `${draft.trimEnd()} ${text}`);
            onClose();
          }}
          onCancel={onClose}
        />
      );
    case "templates":
      return <TemplatesPanel draft={draft} onInsert={insert} />;
    case "parameters": {
      const all = models.list.state === "ready" ? models.list.all : [];
      const model = all.find((one) => one.name === models.chosen);
      return <ParametersPanel settings={settings} onSettings={onSettings} tools={PAGE_TOOLS} model={model} />;
    }
    case "code": {
      const requestNow = (requestOf ?? firstRequest)(draft.trim(), attachments, settings);
      return <CodePanel body={requestNow} workerUrl={connection.workerUrl} />;
    }
  }
}
