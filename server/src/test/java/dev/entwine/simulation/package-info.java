/**
 * The core under a scheduler drawn from a seed: fake databases with row locks, commit logs, late flushes, crashes and unknown commit
 * outcomes; engines that come, go and overlap; and an oracle that knows who had really seen what. The merger, the batches, the
 * certification, acknowledgement and recovery are the product's own.
 */
@NullMarked
package dev.entwine.simulation;

import org.jspecify.annotations.NullMarked;
