/**
 * Brings sites to a common beginning: slots whose exported snapshots say exactly which rows lie before them, and a first copy or a
 * comparison at these snapshots, so that the streams join without a gap or an overlap. In: a configuration and catalogs without
 * errors. Out: initialized sites, or untouched ones, or a copy that goes on when it is asked for again. Start reading at {@link dev.entwine.snapshot.Initialization}.
 */
@NullMarked
package dev.entwine.snapshot;

import org.jspecify.annotations.NullMarked;
