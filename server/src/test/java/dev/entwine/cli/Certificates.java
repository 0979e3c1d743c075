package dev.entwine.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Certificates of an authority of the test's own, and of nobody, made by the JDK's keytool. */
final class Certificates {
    private static final String PASSWORD = "changeit";
    private static final String AUTHORITY = "ca";

    private final Path directory;
    private final Path store;

    private Certificates(Path directory) {
        this.directory = directory;
        this.store = directory.resolve("store.p12");
    }

    static Certificates in(Path directory) throws IOException, InterruptedException {
        Certificates certificates = new Certificates(directory);
        certificates.make(AUTHORITY, "-ext", "bc:c", "-validity", "100");
        return certificates;
    }

    /** One that the authority has signed. */
    void sign(String name, String... options) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("-signer", AUTHORITY));
        all.addAll(List.of(options));
        make(name, all.toArray(String[]::new));
    }

    /** One that nobody else has signed. */
    void make(String name, String... options) throws IOException, InterruptedException {
        String java = System.getProperty("java.home");
        List<String> command = new ArrayList<>(List.of(
                Path.of(java, "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + name,
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    String certificate(String name) throws IOException, GeneralSecurityException {
        return pem("CERTIFICATE", open().getCertificate(name).getEncoded());
    }

    String key(String name) throws IOException, GeneralSecurityException {
        return pem("PRIVATE KEY", open().getKey(name, PASSWORD.toCharArray()).getEncoded());
    }

    /** The certificate in a file. */
    Path certificateFile(String name) throws IOException, GeneralSecurityException {
        return Files.writeString(directory.resolve(name + ".pem"), certificate(name));
    }

    /** The key in a file, as the driver takes it: nobody else may read it. */
    Path keyFile(String name) throws IOException, GeneralSecurityException {
        Path file = Files.write(
                directory.resolve(name + ".pk8"),
                open().getKey(name, PASSWORD.toCharArray()).getEncoded());
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private KeyStore open() throws IOException, GeneralSecurityException {
        KeyStore opened = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            opened.load(in, PASSWORD.toCharArray());
        }
        return opened;
    }

    private static String pem(String what, byte[] bytes) {
        return "-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + what + "-----\n";
    }
}
