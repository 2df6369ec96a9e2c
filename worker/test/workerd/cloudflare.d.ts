// The one thing that tests inside workerd take from the runtime's own module.
declare module "cloudflare:workers" {
  export const env: Readonly<Record<string, unknown>>;
}
