// The keys of a command, as they are written on a keyboard.
import "./keys.css";
import { Fragment } from "react";
import { t } from "../i18n.ts";
import { keyNames } from "./table.ts";

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

export function Keys({ keys }: { keys: string }) {
  const between = keys.includes(" ") ? t("and then") : "+";
  return (
    <span className="keys" dir="ltr">
      {keyNames(keys, isMac).map((name, index) => (
        <Fragment key={name + String(index)}>
          {index === 0 ? null : <span className="keys-between"> {between} </span>}
          <kbd>{name}</kbd>
        </Fragment>
      ))}
    </span>
  );
}
