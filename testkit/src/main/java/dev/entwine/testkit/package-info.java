/** Faults, workloads, recorders and checkers for tests on real databases; knows nothing of the server. */
@NullMarked
package dev.entwine.testkit;

import org.jspecify.annotations.NullMarked;
