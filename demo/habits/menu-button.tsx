// The button of the page's menu; the menu is loaded when it is asked for.
import { lazy, Suspense, useRef, useState } from "react";
import { FallbackOnError } from "../fallback-on-error.tsx";
import { t } from "../i18n.ts";
import { Icon } from "../icons.tsx";

const Menu = lazy(async () => ({ default: (await import("./menu.tsx")).Menu }));

export function MenuButton() {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon-button"
        aria-label={t("Settings of this page")}
        title={t("Settings of this page")}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon>
          <path d="M3 6h7m4 0h3M3 14h3m4 0h7" />
          <circle cx="12" cy="6" r="2" />
          <circle cx="8" cy="14" r="2" />
        </Icon>
      </button>
      {open ? (
        <FallbackOnError fallback={null}>
          <Suspense>
            <Menu button={button} onClose={() => setOpen(false)} />
          </Suspense>
        </FallbackOnError>
      ) : null}
    </>
  );
}
