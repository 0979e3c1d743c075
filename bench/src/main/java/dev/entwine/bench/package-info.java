/**
 * Measurements on real servers. Sees the product as its users do, as a process of its own; nobody depends on it. Start reading at
 * {@link dev.entwine.bench.BenchCommand}.
 */
@NullMarked
package dev.entwine.bench;

import org.jspecify.annotations.NullMarked;
