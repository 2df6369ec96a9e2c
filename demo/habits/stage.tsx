// Where the palette, the help sheet and short sentences appear: a root of its own beside the page, so that every room has
// them and none has to draw them.
import { lazy, Suspense, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { FallbackOnError } from "../fallback-on-error.tsx";
import "./stage.css";

const Palette = lazy(async () => ({ default: (await import("./palette.tsx")).Palette }));
const Help = lazy(async () => ({ default: (await import("./help.tsx")).Help }));

type Scene = "palette" | "help" | { readonly said: string };

const SAID_MS = 4_000;
let next: ((scene: Scene) => void) | null = null;
let waiting: Scene | null = null;

export function show(scene: Scene): void {
  if (next) {
    next(scene);
    return;
  }
  waiting = scene;
  const element = document.createElement("div");
  element.className = "stage";
  document.body.append(element);
  createRoot(element).render(<Stage />);
}

function Stage() {
  const [sheet, setSheet] = useState<"palette" | "help" | null>(null);
  const [said, setSaid] = useState("");
  useEffect(() => {
    next = (scene) => {
      if (typeof scene === "object") {
        setSaid(scene.said);
        return;
      }
      setSaid("");
      // The same again closes it.
      setSheet((open) => (open === scene ? null : scene));
    };
    if (waiting) next(waiting);
    waiting = null;
  }, []);
  useEffect(() => {
    if (said === "") return;
    const timer = setTimeout(() => setSaid(""), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);

  const close = () => setSheet(null);
  return (
    <>
      <FallbackOnError key={sheet} fallback={null}>
        <Suspense>
          {sheet === "palette" ? <Palette onClose={close} /> : null}
          {sheet === "help" ? <Help onClose={close} /> : null}
        </Suspense>
      </FallbackOnError>
      <p className="said" role="status">
        {said}
      </p>
    </>
  );
}
