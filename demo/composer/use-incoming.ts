// Files on their way into a message: being read, or refused with the reason. Those that are ready are the caller's.
import type { Attachment } from "latchkey/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { t } from "../i18n.ts";

export interface ReadingFile {
  readonly id: string;
  readonly name: string;
  /** 0 to 1. */
  readonly progress: number;
  cancel(): void;
}

export interface Incoming {
  readonly reading: readonly ReadingFile[];
  /** Why files were refused, in words. */
  readonly refusals: readonly string[];
  add(files: readonly File[]): void;
  remove(id: string): void;
  forgetRefusals(): void;
}

export function useIncoming(
  attachments: readonly Attachment[],
  onAttachments: (attachments: readonly Attachment[]) => void,
): Incoming {
  const [reading, setReading] = useState<readonly ReadingFile[]>([]);
  const [refusals, setRefusals] = useState<readonly string[]>([]);
  const latest = useRef({ attachments, onAttachments });
  useEffect(() => {
    latest.current = { attachments, onAttachments };
  });

  const change = useCallback((to: readonly Attachment[]) => {
    // Two files may be ready before the page is rendered again.
    latest.current = { ...latest.current, attachments: to };
    latest.current.onAttachments(to);
  }, []);

  const add = useCallback(
    (files: readonly File[]) => {
      setRefusals([]);
      import("./read-files.ts").then(
        ({ readFiles }) =>
          readFiles(files, {
            attachments: () => latest.current.attachments,
            onReading: setReading,
            onReady: (attachment) => change([...latest.current.attachments, attachment]),
            onRefused: (reason) => setRefusals((current) => [...current, reason]),
          }),
        () => setRefusals([t("A part of this page could not be loaded. Reload the page.")]),
      );
    },
    [change],
  );

  return {
    reading,
    refusals,
    add,
    remove: useCallback(
      (id: string) => change(latest.current.attachments.filter((one) => one.id !== id)),
      [change],
    ),
    forgetRefusals: useCallback(() => setRefusals([]), []),
  };
}
