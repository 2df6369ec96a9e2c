// Icons of answers.
import { Icon } from "../icons.tsx";

export const SpeakIcon = () => (
  <Icon>
    <path d="M3.5 8v4h2.7L10 15.2V4.8L6.2 8Zm9.3-.8a4 4 0 0 1 0 5.6m2.2-8a7.2 7.2 0 0 1 0 10.4" />
  </Icon>
);
export const PauseIcon = () => (
  <Icon>
    <path d="M7 5v10m6-10v10" />
  </Icon>
);
export const PlayIcon = () => (
  <Icon>
    <path d="m7 4.8 8 5.2-8 5.2Z" />
  </Icon>
);
export const StopReadingIcon = () => (
  <Icon>
    <rect x="5.5" y="5.5" width="9" height="9" rx="1.5" />
  </Icon>
);
export const ContinueIcon = () => (
  <Icon>
    <path d="M4 10h11m-4-4 4 4-4 4" />
  </Icon>
);
export const PreviousIcon = () => (
  <Icon>
    <path d="m12 5-5 5 5 5" />
  </Icon>
);
export const NextIcon = () => (
  <Icon>
    <path d="m8 5 5 5-5 5" />
  </Icon>
);
