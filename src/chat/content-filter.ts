/** Azure OpenAI's content filter, as it appears in chats and completions. Contract: 2025-03-01-preview and v1. */

/** Verdict on harm, by severity. */
export interface SeverityVerdict {
  filtered: boolean;
  severity?: "safe" | "low" | "medium" | "high";
}

/** Verdict of a detector. */
export interface DetectionVerdict {
  filtered: boolean;
  detected?: boolean;
}

/** Verdict of the lists of an organization. */
export interface BlocklistVerdict {
  filtered: boolean;
  details?: { filtered: boolean; id: string }[];
}

/** Any verdict; which members it has depends on the filter. */
export interface ContentFilterResult {
  filtered?: boolean;
  severity?: "safe" | "low" | "medium" | "high";
  detected?: boolean;
  [member: string]: unknown;
}

/** Verdicts by filter. Which there are depends on the deployment; filters unknown here are kept. */
export interface ContentFilterResults {
  hate?: SeverityVerdict;
  sexual?: SeverityVerdict;
  violence?: SeverityVerdict;
  self_harm?: SeverityVerdict;
  profanity?: DetectionVerdict;
  /** Older api-versions send the bare list. */
  custom_blocklists?: BlocklistVerdict | { filtered: boolean; id: string }[];
  custom_topics?: { filtered: boolean; details?: { detected: boolean; id: string }[] };
  /** Prompts only. */
  jailbreak?: DetectionVerdict;
  /** Prompts only. */
  indirect_attack?: DetectionVerdict;
  /** Choices only, as are all below. */
  protected_material_text?: DetectionVerdict;
  protected_material_code?: DetectionVerdict & { citation?: { URL?: string; license?: string } };
  ungrounded_material?: DetectionVerdict & {
    details?: { completion_start_offset: number; completion_end_offset: number }[];
  };
  personally_identifiable_information?: DetectionVerdict & {
    redacted_text?: string;
    sub_categories?: unknown[];
  };
  /** Filtering itself failed, and the text went through unfiltered. */
  error?: { code: string; message: string };
  [filter: string]: unknown;
}

/** Verdicts on one prompt. */
export interface PromptFilterResult {
  prompt_index: number;
  content_filter_results: ContentFilterResults;
}

/** The part of a text that an asynchronous filter has checked, in characters. */
export interface ContentFilterOffsets {
  check_offset: number;
  start_offset: number;
  end_offset: number;
}
