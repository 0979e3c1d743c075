package dev.entwine.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One version of PostgreSQL's programs, unpacked once per machine into a cache folder that is keyed by version and content.
 * Immutable.
 */
public final class PostgresBinaries {
    /** The archive inside the jar; it has the same name in every version. */
    private static final String ARCHIVE = "postgres-linux-x86_64.txz";

    /** To be counted up with every change to {@link DataDirectory#initialize}, as templates outlive the program that made them. */
    private static final String TEMPLATE = "-template-2";

    private static final Pattern VERSION = Pattern.compile("-((\\d+)\\.\\d+\\.\\d+)\\.jar!");

    private final int major;
    private final String version;
    private final Path folder;
    private final Launch launch;

    private PostgresBinaries(int major, String version, Path folder, Launch launch) {
        this.major = major;
        this.version = version;
        this.folder = folder;
        this.launch = launch;
    }

    /**
     * The version on the class path.
     *
     * @throws IOException there is none for this kind of machine, or it cannot be unpacked
     */
    public static PostgresBinaries bundled() throws IOException {
        return bundled(Launch.detected());
    }

    static PostgresBinaries bundled(Launch launch) throws IOException {
        URL archive = PostgresBinaries.class.getClassLoader().getResource(ARCHIVE);
        if (archive == null) {
            throw new IOException("no PostgreSQL programs on the class path (" + ARCHIVE
                    + "); they exist for Linux on x86-64 only, so use servers of your own here");
        }
        return of(archive, launch);
    }

    /**
     * @param jar named {@code ...-18.6.0.jar}, holding the archive
     * @throws IOException the jar is not of this kind, or it cannot be unpacked
     */
    public static PostgresBinaries ofJar(Path jar) throws IOException {
        return of(URI.create("jar:" + jar.toUri() + "!/" + ARCHIVE).toURL(), Launch.detected());
    }

    private static PostgresBinaries of(URL archive, Launch launch) throws IOException {
        Matcher name = VERSION.matcher(archive.toString());
        if (!name.find()) {
            throw new IOException(archive + " is not in a jar whose name ends in -MAJOR.MINOR.PATCH.jar");
        }
        String version = name.group(1);
        Path folder = Cache.of(launch).folder(version + "-" + shortHash(archive), incoming -> {
            try (InputStream content = archive.openStream()) {
                Archive.unpack(content, incoming);
            }
        });
        return new PostgresBinaries(Integer.parseInt(name.group(2)), version, folder, launch);
    }

    private static String shortHash(URL archive) throws IOException {
        try (InputStream content = archive.openStream()) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** 14, 15 and so on. */
    public int major() {
        return major;
    }

    /** In three parts, as the archive is named: {@code 18.6.0}. */
    public String version() {
        return version;
    }

    Launch launch() {
        return launch;
    }

    String program(String name) {
        return folder.resolve("bin").resolve(name).toString();
    }

    /** Where an initialized data directory lies that servers copy; made at the first call on this machine. */
    Path template() throws IOException {
        return Cache.of(launch)
                .folder(folder.getFileName() + TEMPLATE, incoming -> DataDirectory.initialize(this, incoming));
    }

    @Override
    public String toString() {
        return "PostgreSQL " + version;
    }
}
