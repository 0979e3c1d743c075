/**
 * Compares what sites hold. In: connections whose transactions see what is to be compared. Out: which keys differ. Start reading
 * at {@link dev.entwine.verify.RowComparison}.
 */
@NullMarked
package dev.entwine.verify;

import org.jspecify.annotations.NullMarked;
