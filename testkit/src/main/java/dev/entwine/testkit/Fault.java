package dev.entwine.testkit;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** What happens to the bytes that travel in one direction. */
sealed interface Fault {
    Fault NONE = new Delay(Duration.ZERO);

    /** Bytes arrive later, as on a long line: how many may be under way is limited, not how many pass in a second. */
    record Delay(Duration by) implements Fault {}

    /** Nothing arrives; what is sent waits; a close passes. */
    record Stall() implements Fault {}

    /** Nothing arrives, not even a close; what is sent waits. */
    record Silence() implements Fault {}

    /** What is sent is lost, and so is a close. */
    record Drop() implements Fault {}

    /** The connection is reset when no bytes are left. */
    record Cut(AtomicLong bytesLeft) implements Fault {}
}
