/**
 * The values that everything else is made of: sites, positions, version vectors, stamps, tables, rows, changes and what a site's
 * log holds. Immutable, without I/O, clock or thread. Start reading at {@link dev.entwine.model.LogEntry}.
 */
@NullMarked
package dev.entwine.model;

import org.jspecify.annotations.NullMarked;
