// Icons of the conversations.
import { Icon } from "../icons.tsx";

export const EditIcon = () => (
  <Icon>
    <path d="m11.8 5.2 3 3M4.5 15.5l.7-3.2 7.9-7.9a1.4 1.4 0 0 1 2 0l.5.5a1.4 1.4 0 0 1 0 2l-7.9 7.9Z" />
  </Icon>
);
export const FileIcon = () => (
  <Icon>
    <path d="M11.5 3.5H6A1.5 1.5 0 0 0 4.5 5v10A1.5 1.5 0 0 0 6 16.5h8a1.5 1.5 0 0 0 1.5-1.5V7.5Zm0 0v4h4" />
  </Icon>
);
export const MoreIcon = () => (
  <Icon>
    <path d="M5 10h.01M10 10h.01M15 10h.01" strokeWidth="2.6" />
  </Icon>
);
export const TrashIcon = () => (
  <Icon>
    <path d="M4 5.5h12M8 5.5V4h4v1.5m-6.5 0 .7 10.5h7.600l.7-10.5M8.5 8.5v5m3-5v5" />
  </Icon>
);
export const DownloadIcon = () => (
  <Icon>
    <path d="M10 3.5v9m-3.5-3.5 3.5 3.5 3.5-3.5M4 16h12" />
  </Icon>
);
export const UploadIcon = () => (
  <Icon>
    <path d="M10 13V4M6.5 7.5 10 4l3.5 3.5M4 16h12" />
  </Icon>
);
export const SearchIcon = () => (
  <Icon>
    <circle cx="9" cy="9" r="4.7" />
    <path d="m12.5 12.5 4 4" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="m5.5 5.5 9 9m0-9-9 9" />
  </Icon>
);
