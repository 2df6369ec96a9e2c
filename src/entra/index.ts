/** Entry point `latchkey/entra`: tokens of Microsoft Entra ID for programs, by fetch and Web Crypto alone. */
export { type CertificateOptions, clientCertificateCredential, type SigningKey } from "./certificate.ts";
export {
  type AssertionOptions,
  clientAssertionCredential,
  clientSecretCredential,
  type EntraOptions,
  type SecretOptions,
} from "./client.ts";
