/**
 * Compares what sites hold, while they are written. In: tables, sites, and the streams by which changes travel. Out: which rows
 * differ, proved, and which could not be judged. Owned by whoever calls; each site's part of a pass runs on a thread of its own. Start
 * reading at {@link dev.entwine.verify.Verification}, and at DESIGN.md beside it for why the outcome is exact.
 */
@NullMarked
package dev.entwine.verify;

import org.jspecify.annotations.NullMarked;
