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

type ChangeAttachments = (current: readonly Attachment[]) => readonly Attachment[];

export function useIncoming(
  attachments: readonly Attachment[],
  onAttachments: (change: ChangeAttachments) => void,
): Incoming {
  const [reading, setReading] = useState<readonly ReadingFile[]>([]);
  const [refusals, setRefusals] = useState<readonly string[]>([]);
  const latest = useRef(attachments);
  useEffect(() => {
    latest.current = attachments;
  });

  const change = useCallback(
    (to: ChangeAttachments) =>
      onAttachments((current) => {
        // Two files may be ready before the page is rendered again.
        latest.current = to(current);
        return latest.current;
      }),
    [onAttachments],
  );

  const add = useCallback(
    (files: readonly File[]) => {
      setRefusals([]);
      import("./read-files.ts").then(
        ({ readFiles }) =>
          readFiles(files, {
            attachments: () => latest.current,
            onReading: setReading,
            onReady: (attachment) => change((current) => [...current, attachment]),
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
      (id: string) => change((current) => current.filter((one) => one.id !== id)),
      [change],
    ),
    forgetRefusals: useCallback(() => setRefusals([]), []),
  };
}
