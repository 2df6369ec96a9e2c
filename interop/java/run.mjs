// The official Java SDK as a caller. Versions are in pom.xml; classes and packages go to target/.
//   node interop/run.mjs java
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { must, once, output, runLanguage } from "../language.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "target");
const sources = join(here, "src", "main", "java", "latchkey", "interop");
const store = join(target, "trusted.p12");
/** Of a store that holds one public certificate; the format asks for some. */
const STORE_PASSWORD = "changeit";
const OLDEST = 17;

function absent() {
  const version = /^javac (\d+)/m.exec(output("javac", ["-version"]) ?? "")?.[1];
  if (version === undefined || output("java", ["-version"]) === undefined)
    return "java or javac is not on the PATH";
  if (Number(version) < OLDEST) return `java is ${version}, older than ${OLDEST}`;
  if (output("mvn", ["--version"]) === undefined) return "mvn is not on the PATH";
  return undefined;
}

function install() {
  mkdirSync(target, { recursive: true });
  const files = readdirSync(sources).map((file) => join(sources, file));
  once(target, [join(here, "pom.xml"), ...files], () =>
    must("mvn", ["--batch-mode", "--quiet", "compile", "dependency:copy-dependencies"], here),
  );
}

/** @param {string} certificate the store of trusted certificates, made anew with it */
function trust(certificate) {
  rmSync(store, { force: true });
  const into = ["-keystore", store, "-storetype", "PKCS12", "-storepass", STORE_PASSWORD];
  must("keytool", ["-importcert", "-noprompt", "-alias", "worker", "-file", certificate, ...into], here);
}

await runLanguage({
  name: "Java",
  hint: "apt-get install openjdk-17-jdk-headless maven, or brew install openjdk maven",
  absent,
  install,
  programs({ certificate }) {
    trust(certificate);
    const trusted = [
      `-Djavax.net.ssl.trustStore=${store}`,
      `-Djavax.net.ssl.trustStorePassword=${STORE_PASSWORD}`,
    ];
    const path = [join(target, "classes"), join(target, "lib", "*")].join(delimiter);
    return [{ command: "java", args: [...trusted, "-cp", path, "latchkey.interop.Main"], cwd: here }];
  },
});
