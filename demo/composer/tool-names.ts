// The composer's tools that open something, and what they are called.
import { t } from "../i18n.ts";

export type ToolName = "voice" | "templates" | "parameters" | "code";

export function toolName(name: ToolName): string {
  switch (name) {
    case "voice":
      return t("Speak");
    case "templates":
      return t("Templates");
    case "parameters":
      return t("Parameters");
    case "code":
      return t("Request as code");
  }
}
