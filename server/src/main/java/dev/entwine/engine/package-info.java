/**
 * Wires the stages, supervises them and holds the lease. One virtual thread takes each site's log, one applies to each site, one
 * keeps the lease; they meet in {@link dev.entwine.engine.Core}, the one lock. Start reading at {@link dev.entwine.engine.Engine}.
 */
@NullMarked
package dev.entwine.engine;

import org.jspecify.annotations.NullMarked;
