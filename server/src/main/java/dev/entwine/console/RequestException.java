package dev.entwine.console;

/** A request that is not carried out. The message says what was found and what to do. */
public final class RequestException extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;

    private RequestException(int status, String message) {
        super(message);
        this.status = status;
    }

    /** It cannot be meant so. */
    public static RequestException wrong(String message) {
        return new RequestException(400, message);
    }

    static RequestException unauthorized(String message) {
        return new RequestException(401, message);
    }

    static RequestException forbidden(String message) {
        return new RequestException(403, message);
    }

    public static RequestException notFound(String message) {
        return new RequestException(404, message);
    }

    static RequestException of(int status, String message) {
        return new RequestException(status, message);
    }

    /** Things are not so that it can be done. */
    public static RequestException refused(String message) {
        return new RequestException(409, message);
    }

    /** A site or the engine is away. */
    public static RequestException unavailable(String message) {
        return new RequestException(503, message);
    }

    /** Of HTTP. */
    int status() {
        return status;
    }
}
