// A formula: its TeX until the library for it is there, then MathML. What is no formula after all stays as written.
import { memo, type ReactNode } from "react";
import { useWhenIdle } from "./idle.ts";
import { keepNewest } from "./kept.ts";
import { VisibleText } from "./visible-text.tsx";

interface FormulaProps {
  /** TeX without its marks. */
  source: string;
  display: boolean;
  /** With its marks. */
  raw: string;
}

const made = keepNewest<{ element: ReactNode }>(500);
const known = (key: string) => made.get(key);

async function make(key: string): Promise<{ element: ReactNode }> {
  const { formulaElement } = await import("./formula-elements.ts");
  const result = { element: formulaElement(key.slice(1), key.startsWith("d")) };
  made.set(key, result);
  return result;
}

export const Formula = memo(function Formula({ source, display, raw }: FormulaProps) {
  const result = useWhenIdle(`${display ? "d" : "i"}${source}`, known, make);
  const element = result?.element ?? null;
  if (element === null) {
    return (
      <code className={display ? "formula-source formula-display" : "formula-source"}>
        <VisibleText text={raw.trim()} />
      </code>
    );
  }
  if (!display) return element;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <span className="formula-display" tabIndex={0}>
      {element}
    </span>
  );
});
