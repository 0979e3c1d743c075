/**
 * Decides. In: the entries of every site's log, one at a time. Out: items for each site, plans of what to write there, and what may
 * be forgotten. Knows nothing of SQL, clocks, threads or files: a function of state and input. The caller serializes all calls
 * into one {@link dev.entwine.merge.Merger} and everything it hands out.
 *
 * <p>Invariants: each local change is merged exactly once; a row's decisions are made one after another; a row stays in the window
 * until nothing that could still arrive, or arrive again, concerns it. Start reading at {@link dev.entwine.merge.Merger#offer} and
 * {@code DESIGN.md} beside it.
 */
@NullMarked
package dev.entwine.merge;

import org.jspecify.annotations.NullMarked;
