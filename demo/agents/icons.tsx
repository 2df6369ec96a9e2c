// Icons of this room alone.
import { Icon } from "../icons.tsx";

export const AttachIcon = () => (
  <Icon>
    <path d="m14.5 9.5-5 5a3 3 0 0 1-4.3-4.2l6-6a2 2 0 0 1 2.9 2.8l-5.9 6a1 1 0 0 1-1.5-1.5l5.2-5.2" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="m5.5 5.5 9 9m0-9-9 9" />
  </Icon>
);
