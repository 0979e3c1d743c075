package dev.entwine.engine;

import java.time.Instant;

/**
 * Whether a site's log is being read.
 *
 * @param since  since when it has been so
 * @param reason why not; empty while it is read
 */
record LogState(boolean connected, Instant since, String reason) {}
