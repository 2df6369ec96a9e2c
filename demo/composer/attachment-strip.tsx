// What goes along with the message: thumbnails and names, files still being read, and why others may not come.
import "./remove-button.css";
import "./attachment-strip.css";
import type { Attachment } from "latchkey/react";
import { useEffect } from "react";
import { useNotice } from "../announcer.tsx";
import { plural, t } from "../i18n.ts";
import { VisibleText } from "../markdown/visible-text.tsx";
import type { ModelOption } from "./capabilities.ts";
import { CloseIcon } from "./icons.tsx";
import type { Incoming } from "./use-incoming.ts";

interface AttachmentStripProps {
  attachments: readonly Attachment[];
  incoming: Incoming;
  /** Who will be asked. */
  model: ModelOption | undefined;
}

export function AttachmentStrip({ attachments, incoming, model }: AttachmentStripProps) {
  const { reading, refusals, remove, forgetRefusals } = incoming;
  const doubt = doubtAbout(attachments, model);
  const notice = useNotice();
  const count = attachments.length;
  useEffect(() => {
    if (count > 0) notice(plural(count, "1 file attached.", "{count} files attached."));
  }, [count, notice]);
  return (
    <div className="strip">
      {refusals.length === 0 ? null : (
        <div className="strip-refusals" role="alert">
          <ul>
            {refusals.map((reason, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a sentence has no identity but its place
              <li key={index}>
                <VisibleText text={reason} />
              </li>
            ))}
          </ul>
          <button type="button" className="remove-button" aria-label={t("Dismiss")} onClick={forgetRefusals}>
            <CloseIcon />
          </button>
        </div>
      )}
      {count + reading.length === 0 ? null : (
        <ul className="strip-list" aria-label={t("Attached files")}>
          {attachments.map((one) => (
            <li key={one.id} className="strip-item">
              <Thumbnail attachment={one} />
              <span className="strip-name">
                <VisibleText text={one.name} />
              </span>
              <button
                type="button"
                className="remove-button"
                aria-label={t("Remove {name}", { name: one.name })}
                onClick={() => remove(one.id)}
              >
                <CloseIcon />
              </button>
            </li>
          ))}
          {reading.map(({ id, name, progress, cancel }) => (
            <li key={id} className="strip-item">
              <progress
                className="strip-progress"
                value={progress}
                aria-label={t("Reading {name}", { name })}
              />
              <span className="strip-name">
                <VisibleText text={name} />
              </span>
              <button
                type="button"
                className="remove-button"
                aria-label={t("Cancel {name}", { name })}
                onClick={cancel}
              >
                <CloseIcon />
              </button>
            </li>
          ))}
        </ul>
      )}
      {doubt === null ? null : <p className="strip-doubt">{doubt}</p>}
    </div>
  );
}

function Thumbnail({ attachment: { kind, data, name } }: { attachment: Attachment }) {
  if (kind === "image") return <img className="strip-thumbnail" src={data} alt="" />;
  return (
    <span className="strip-thumbnail strip-kind" aria-hidden="true">
      {kind === "audio" ? "♪" : (/\.([a-z0-9]{1,4})$/i.exec(name)?.[1] ?? "txt")}
    </span>
  );
}

/** A guess about a model is no reason to doubt. */
function doubtAbout(attachments: readonly Attachment[], model: ModelOption | undefined): string | null {
  if (!model?.told) return null;
  const has = (kind: Attachment["kind"]) => attachments.some((one) => one.kind === kind);
  if (has("image") && !model.capabilities.has("images"))
    return t("{model} does not see images.", { model: model.name });
  if (has("audio") && !model.capabilities.has("audio"))
    return t("{model} does not hear audio.", { model: model.name });
  return null;
}
