/**
 * Carries items from the merger to the appliers: one order for all, bounded in memory, overflowing to local files that are not state
 * (a new engine makes its items anew from the slots). In and out: {@link dev.entwine.merge.Item}. Start reading at {@link
 * dev.entwine.carrier.Spool}.
 */
@NullMarked
package dev.entwine.carrier;

import org.jspecify.annotations.NullMarked;
