/**
 * Reads PostgreSQL's log through logical replication and the output plugin {@code pgoutput}. In: a slot and a publication. Out:
 * {@link dev.entwine.model.LogEntry}. Each reader has one thread that receives and decodes; entries are handed over through a
 * queue that is bounded in bytes. Start reading at {@link dev.entwine.capture.postgres.PostgresLogReader}.
 */
@NullMarked
package dev.entwine.capture.postgres;

import org.jspecify.annotations.NullMarked;
