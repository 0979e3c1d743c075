package dev.entwine.config;

/**
 * Where the console listens.
 *
 * @param host a name or an address, an IPv6 address without brackets
 * @param port 0 takes any free port
 */
public record ConsoleSettings(String host, int port) {
    public static final ConsoleSettings DEFAULT = new ConsoleSettings("127.0.0.1", 8400);

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
