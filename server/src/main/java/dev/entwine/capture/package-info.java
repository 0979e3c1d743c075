/**
 * A database's log becomes ordered transactions, markers and fences. In: a slot. Out: {@link dev.entwine.model.LogEntry}, in
 * commit order. Start reading at {@link dev.entwine.capture.LogReader}.
 */
@NullMarked
package dev.entwine.capture;

import org.jspecify.annotations.NullMarked;
