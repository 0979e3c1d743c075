package dev.entwine.config;

import java.util.Optional;

/**
 * The console.
 *
 * @param on            whether there is one
 * @param host          where it listens: a name or an address, an IPv6 address without brackets
 * @param port          0 takes any free port
 * @param publicUrl     what browsers call it, where that is not the address at which it listens: behind a proxy
 * @param viewerToken   for programs that look
 * @param operatorToken for programs that act
 */
public record ConsoleSettings(
        boolean on,
        String host,
        int port,
        Optional<String> publicUrl,
        Optional<String> viewerToken,
        Optional<String> operatorToken) {
    public static final ConsoleSettings DEFAULT =
            new ConsoleSettings(true, "127.0.0.1", 8400, Optional.empty(), Optional.empty(), Optional.empty());

    /** The same at another port. */
    public ConsoleSettings at(int otherPort) {
        return new ConsoleSettings(on, host, otherPort, publicUrl, viewerToken, operatorToken);
    }

    /** Host and port, as in a URL. */
    public String authority() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    /** Without the tokens. */
    @Override
    public String toString() {
        return on ? authority() : "off";
    }
}
