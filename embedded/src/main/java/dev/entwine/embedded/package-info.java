/**
 * Real PostgreSQL servers started from archives on free loopback ports, for the demo and for tests. In: an archive of binaries
 * ({@link dev.entwine.embedded.PostgresBinaries}). Out: a running server that goes away with its owner, however the owner ends.
 * Start reading at {@link dev.entwine.embedded.PostgresServer}.
 */
@NullMarked
package dev.entwine.embedded;

import org.jspecify.annotations.NullMarked;
