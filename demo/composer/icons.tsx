// Icons of the composer.
import { Icon } from "../icons.tsx";

export const AttachIcon = () => (
  <Icon>
    <path d="m15.5 9.6-5.3 5.3a3.4 3.4 0 0 1-4.8-4.8l5.6-5.6a2.3 2.3 0 0 1 3.2 3.2l-5.5 5.6a1.1 1.1 0 0 1-1.6-1.6L12 6.8" />
  </Icon>
);
export const MicrophoneIcon = () => (
  <Icon>
    <rect x="7.5" y="2.5" width="5" height="9" rx="2.5" />
    <path d="M4.5 9.5a5.5 5.5 0 0 0 11 0M10 15v2.5" />
  </Icon>
);
export const TemplateIcon = () => (
  <Icon>
    <path d="M5.5 3h9v14h-9Zm2.5 4h4m-4 3h4m-4 3h2" />
  </Icon>
);
export const SlidersIcon = () => (
  <Icon>
    <path d="M3 6h7m4 0h3M3 14h3m4 0h7" />
    <circle cx="12" cy="6" r="2" />
    <circle cx="8" cy="14" r="2" />
  </Icon>
);
export const CodeIcon = () => (
  <Icon>
    <path d="m7 6-4 4 4 4m6-8 4 4-4 4" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="m5.5 5.5 9 9m0-9-9 9" />
  </Icon>
);
