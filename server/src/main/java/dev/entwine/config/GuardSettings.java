package dev.entwine.config;

import dev.entwine.config.EngineSettings.Bounds;
import java.time.Duration;
import java.util.Optional;

/**
 * What a site may do before its log is held and somebody is asked.
 *
 * @param deletes   rows of one table that a site deletes, where the table's rule does not say otherwise
 * @param conflicts conflicts that a site's transactions meet
 * @param clockJump how far a site's commit times may be ahead of the engine's clock, or fall behind the site's own
 */
public record GuardSettings(RateLimit deletes, RateLimit conflicts, Optional<Duration> clockJump) {
    static final Bounds MOST = new Bounds(0, 0, 1_000_000_000_000L);
    static final Duration WITHIN_MIN = Duration.ofSeconds(1);
    static final Duration WITHIN_MAX = Duration.ofDays(7);

    public static final GuardSettings NONE = new GuardSettings(RateLimit.OFF, RateLimit.OFF, Optional.empty());
}
