// What the build puts into import.meta.env beside Vite's own.
interface ImportMetaEnv {
  /** Address of the worker; unset means the page's own origin. */
  readonly VITE_LATCHKEY_URL?: string;
}
