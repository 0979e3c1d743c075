package dev.entwine.capture.postgres;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Reads the few forms of which messages are made. Every method throws {@link BufferUnderflowException} where bytes are missing. */
final class Wire {
    private Wire() {}

    static byte[] bytes(ByteBuffer message, int length) {
        if (length < 0 || length > message.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        message.get(bytes);
        return bytes;
    }

    /** Text that ends with a zero byte. */
    static String text(ByteBuffer message) {
        int start = message.position();
        int end = start;
        while (message.get(end) != 0) {
            end++;
            if (end == message.limit()) {
                throw new BufferUnderflowException();
            }
        }
        String text = new String(bytes(message, end - start), StandardCharsets.UTF_8);
        message.get();
        return text;
    }

    static void skip(ByteBuffer message, int length) {
        if (length < 0 || length > message.remaining()) {
            throw new BufferUnderflowException();
        }
        message.position(message.position() + length);
    }
}
