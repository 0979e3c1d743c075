package dev.entwine.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** How the server's programs, which refuse to run as root, are started. */
enum Launch {
    /** By an ordinary user. */
    DIRECT,
    /** By root, where user namespaces exist: the program sees itself as an unmapped user, its files stay root's. */
    UNMAPPED,
    /** By root without user namespaces: the program runs as nobody, and owns the data. */
    NOBODY;

    static Launch detected() throws IOException {
        if (!isRoot()) {
            return DIRECT;
        }
        return Command.succeeds(List.of("unshare", "-U", "true")) ? UNMAPPED : NOBODY;
    }

    static boolean isRoot() throws IOException {
        return Command.run(List.of("id", "-u"), "").strip().equals("0");
    }

    /** What to put before a command. */
    List<String> prefix() {
        return switch (this) {
            case DIRECT -> List.of();
            case UNMAPPED -> List.of("unshare", "-U");
            case NOBODY -> List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
        };
    }

    /** Whether programs in root's home can be started: nobody else may enter it. */
    boolean homeIsReachable() {
        return this != NOBODY;
    }

    /** Gives a folder to the user as whom the programs run. */
    void own(Path folder) throws IOException {
        if (this == NOBODY) {
            Command.run(List.of("chown", "-R", "65534:65534", folder.toString()), "");
        }
    }
}
