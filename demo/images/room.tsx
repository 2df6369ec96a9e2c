// Pictures from words: drawn in steps that are shown, kept until the page is left, saved, or changed by more words.
import { type FormEvent, useRef, useState } from "react";
import type { Connection } from "../connection.ts";
import { Header } from "../header.tsx";
import { t } from "../i18n.ts";
import { ModelField, useModelFor } from "../rooms/model-field.tsx";
import { TaskActions } from "../rooms/task-actions.tsx";
import { useTask } from "../rooms/use-task.ts";
import { useModels } from "../use-models.ts";
import { familyOf, fileName, within } from "./drawing.ts";

interface Picture {
  readonly id: number;
  readonly address: string;
  readonly prompt: string;
  readonly revisedPrompt: string | null;
}

const LONGEST_PROMPT = 4000;

export function Room({ connection }: { connection: Connection }) {
  const models = useModels(connection);
  const model = useModelFor(models, "image_generation");
  const task = useTask();
  const [prompt, setPrompt] = useState("");
  const [size, setSize] = useState("auto");
  const [quality, setQuality] = useState("auto");
  const [count, setCount] = useState(1);
  const [base, setBase] = useState<Picture | null>(null);
  const [preview, setPreview] = useState<string | null>(null);
  const [pictures, setPictures] = useState<readonly Picture[]>([]);
  const nextId = useRef(1);
  const box = useRef<HTMLTextAreaElement>(null);

  const family = familyOf(model.chosen);
  const wish = {
    model: model.chosen,
    prompt: prompt.trim(),
    size: within(size, family.sizes),
    quality: within(quality, family.qualities),
    count: Math.min(count, family.most),
    of: family.streams ? (base?.address ?? null) : null,
  };

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (wish.prompt === "" || wish.model === "") return;
    await task.run(async (signal, report) => {
      const { draw } = await import("./draw.ts");
      let previews = 0;
      await draw(connection, wish, family, signal, {
        onPreview(address) {
          previews += 1;
          setPreview(address);
          report(t("Preview {number}", { number: previews }));
        },
        onPicture(address, revisedPrompt) {
          setPreview(null);
          const picture = { id: nextId.current++, address, prompt: wish.prompt, revisedPrompt };
          setPictures((current) => [picture, ...current]);
        },
      });
    });
    setPreview(null);
  }

  function change(picture: Picture): void {
    setBase(picture);
    setPrompt("");
    box.current?.focus();
  }

  const isEmpty = pictures.length === 0 && preview === null;
  return (
    <>
      <Header room="Images" newName={t("Remove all pictures")} onNew={isEmpty ? null : () => setPictures([])}>
        {null}
      </Header>
      <main className="main">
        <h2 className="empty-title">{t("Images")}</h2>
        <p className="empty-lead">
          {t("Say what to draw. Pictures stay in this page until you leave it: save those you want to keep.")}
        </p>
        <form onSubmit={submit}>
          {base === null || !family.streams ? null : (
            <div className="image-base">
              <img src={base.address} alt={base.prompt} />
              <p className="hint">{t("This picture will be changed.")}</p>
              <button type="button" className="quiet-button" onClick={() => setBase(null)}>
                {t("Draw a new one instead")}
              </button>
            </div>
          )}
          <label className="field">
            <span>{base === null ? t("What to draw") : t("What to change")}</span>
            <textarea
              ref={box}
              rows={3}
              dir="auto"
              maxLength={LONGEST_PROMPT}
              value={prompt}
              onChange={(event) => setPrompt(event.target.value)}
            />
          </label>
          <div className="image-options">
            <ModelField model={model} state={models.list.state} />
            <label className="field">
              <span>{t("Size")}</span>
              <select value={wish.size} onChange={(event) => setSize(event.target.value)}>
                {family.sizes.map((one) => (
                  <option key={one} value={one}>
                    {one.replace("x", " × ")}
                  </option>
                ))}
              </select>
            </label>
            <label className="field">
              <span>{t("Quality")}</span>
              <select value={wish.quality} onChange={(event) => setQuality(event.target.value)}>
                {family.qualities.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
            </label>
            <label className="field">
              <span>{t("How many")}</span>
              <input
                type="number"
                min={1}
                max={family.most}
                value={wish.count}
                onChange={(event) => setCount(Math.max(1, Math.floor(Number(event.target.value)) || 1))}
              />
            </label>
          </div>
          <TaskActions
            task={task}
            start={wish.of === null ? t("Draw") : t("Change the picture")}
            disabled={wish.prompt === "" || wish.model === ""}
          />
        </form>
        {isEmpty ? null : (
          <ul className="pictures" aria-label={t("Pictures")}>
            {preview === null ? null : (
              <li className="picture picture-preview">
                <img src={preview} alt={t("Preview of a picture on its way")} />
              </li>
            )}
            {pictures.map((picture) => (
              <li key={picture.id} className="picture">
                <img src={picture.address} alt={picture.prompt} />
                <p className="hint" dir="auto">
                  {picture.revisedPrompt ?? picture.prompt}
                </p>
                <div className="picture-actions">
                  <a
                    className="quiet-button outlined"
                    href={picture.address}
                    download={fileName(picture.prompt, picture.address)}
                  >
                    {t("Save")}
                  </a>
                  {family.streams ? (
                    <button type="button" className="quiet-button" onClick={() => change(picture)}>
                      {t("Change")}
                    </button>
                  ) : null}
                  <button
                    type="button"
                    className="quiet-button"
                    onClick={() => setPictures((all) => all.filter(({ id }) => id !== picture.id))}
                  >
                    {t("Remove")}
                  </button>
                </div>
              </li>
            ))}
          </ul>
        )}
      </main>
    </>
  );
}
