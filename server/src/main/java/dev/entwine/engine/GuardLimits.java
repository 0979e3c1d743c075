package dev.entwine.engine;

import dev.entwine.config.Configuration;
import dev.entwine.config.RateLimit;
import dev.entwine.model.TableId;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a site may do before its log is held.
 *
 * @param deletes   rows of a table that it deletes
 * @param conflicts conflicts that its transactions meet
 * @param clockJump how far its commit times may be ahead of the engine's clock, or fall behind its own
 */
record GuardLimits(Function<TableId, RateLimit> deletes, RateLimit conflicts, Optional<Duration> clockJump) {
    static GuardLimits of(Configuration configuration) {
        return new GuardLimits(
                configuration::deletesOf,
                configuration.guards().conflicts(),
                configuration.guards().clockJump());
    }
}
