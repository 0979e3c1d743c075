/**
 * Writes: a batch becomes one transaction at its target, with progress, journal and marker; exactly-once lives here and only here.
 * In: {@link dev.entwine.merge.Batch}. Out: the target's rows and log. One thread for each target owns its {@link
 * dev.entwine.apply.Applier} and its connections. Start reading there, and at {@code DESIGN.md} beside it.
 */
@NullMarked
package dev.entwine.apply;

import org.jspecify.annotations.NullMarked;
