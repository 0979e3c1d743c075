package dev.entwine.config;

import java.time.Duration;

/**
 * How many of something there may be within a time.
 *
 * @param most   more than this is too much
 * @param within of the commit times of the site that does it
 */
public record RateLimit(long most, Duration within) {
    /** Any number. */
    public static final RateLimit OFF = new RateLimit(Long.MAX_VALUE, Duration.ofSeconds(1));

    public boolean isOff() {
        return most == Long.MAX_VALUE;
    }
}
